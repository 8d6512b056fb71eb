"""The API of a running installation: upload, receipt, reading back; the description holds under random calls."""

import gzip
import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.browser.conftest import Live


def call(live: Live, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(live.url + path, data=body, method=method)
    request.add_header("Authorization", f"Bearer {live.seed['secret']}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def finished(live: Live, receipt: int) -> Any:
    """The receipt when the worker is done with it."""
    for _ in range(100):
        _, found = call(live, "GET", f"/api/v1/receipts/{receipt}/")
        if found["state"] in ("DONE", "FAILED"):
            return found
        time.sleep(0.2)
    pytest.fail(f"receipt {receipt} is never done: {found}")


def batch(*values: Any, day: str = "2026-02-01") -> bytes:
    rows = [
        {
            "outlet": "DA001",
            "factor": "a21026",
            "interval": "hour",
            "time": f"{day}T{hour:02d}:00:00+08:00",
            "value": value,
        }
        for hour, value in enumerate(values)
    ]
    return json.dumps({"observations": rows}).encode()


JSON = {"Content_Type": "application/json"}


def test_a_batch_is_taken_counted_and_can_be_read_back(live: Live) -> None:
    status, receipt = call(live, "POST", "/api/v1/observations/", batch(1.5, 2.5, "x"), **JSON)
    done = finished(live, receipt["receipt"])
    read, series = call(
        live, "GET", f"/api/v1/observations/?channel={live.seed['channel']}&interval=hour&from=2026-02-01T00:00:00%2B08:00&to=2026-02-02T00:00:00%2B08:00"
    )  # fmt: skip

    assert status == 202
    assert (done["received"], done["new"], done["refused"]) == (3, 2, 1)
    assert done["refused_rows"][0] | {"message": ""} == {
        "row": 3,
        "field": "value",
        "rule": "number",
        "value": "x",
        "message": "",
    }
    assert read == 200
    for _ in range(50):
        if [v["value"] for v in series["values"]] == [1.5, 2.5]:
            break
        time.sleep(0.3)
        _, series = call(
            live, "GET", f"/api/v1/observations/?channel={live.seed['channel']}&interval=hour&from=2026-02-01T00:00:00%2B08:00&to=2026-02-02T00:00:00%2B08:00"
        )  # fmt: skip
    assert [v["value"] for v in series["values"]] == [1.5, 2.5]


def test_the_same_batch_again_changes_nothing_and_a_new_value_is_a_change(live: Live) -> None:
    _, first = call(live, "POST", "/api/v1/observations/", batch(7.0, 8.0, day="2026-02-03"), **JSON)
    finished(live, first["receipt"])

    _, again = call(live, "POST", "/api/v1/observations/", batch(7.0, 8.0, day="2026-02-03"), **JSON)
    _, other = call(live, "POST", "/api/v1/observations/", batch(7.0, 9.0, day="2026-02-03"), **JSON)

    assert finished(live, again["receipt"])["same"] == 2
    changed = finished(live, other["receipt"])
    assert (changed["same"], changed["changed"]) == (1, 1)


def test_gzip_is_understood(live: Live) -> None:
    status, receipt = call(
        live,
        "POST",
        "/api/v1/observations/",
        gzip.compress(batch(4.0, day="2026-02-05")),
        Content_Encoding="gzip",
        **JSON,
    )

    assert status == 202
    assert finished(live, receipt["receipt"])["new"] == 1


def test_a_key_is_good_for_one_body(live: Live) -> None:
    body, other = batch(5.0, day="2026-02-07"), batch(6.0, day="2026-02-07")

    _, first = call(live, "POST", "/api/v1/observations/", body, Idempotency_Key="k-1", **JSON)
    _, second = call(live, "POST", "/api/v1/observations/", body, Idempotency_Key="k-1", **JSON)
    status, refusal = call(live, "POST", "/api/v1/observations/", other, Idempotency_Key="k-1", **JSON)

    assert first["receipt"] == second["receipt"]
    assert status == 409
    assert refusal["code"] == "upload.key_reused"


def test_a_body_that_is_no_batch_is_refused_with_a_reason(live: Live) -> None:
    broken = call(live, "POST", "/api/v1/observations/", b"{", **JSON)
    empty = call(live, "POST", "/api/v1/observations/", b'{"observations": 5}', **JSON)
    large = call(live, "POST", "/api/v1/observations/", json.dumps({"observations": [{}] * 10_001}).encode(), **JSON)

    for status, answer in (broken, empty, large):
        assert status == 422
        assert answer["message"]


def test_no_key_no_data(live: Live) -> None:
    request = urllib.request.Request(live.url + "/api/v1/channels/")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)

    assert refused.value.code == 401


SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def random_call(live: Live, label: str, statuses: dict[str, set[int]]) -> Any:
    def run(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {live.seed['secret']}"})
        statuses.setdefault(label, set()).add(answer.status_code)
        assert answer.status_code < 500, f"{label}: {answer.status_code} {answer.text[:300]}"

    return run


def test_the_description_holds_under_random_calls(live: Live) -> None:
    """Schemathesis makes calls from our own description: no answer may be a 5xx."""
    import schemathesis

    schema = schemathesis.openapi.from_url(
        live.url + "/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}
    )
    statuses: dict[str, set[int]] = {}
    for operation in schema.get_all_operations():
        found = operation.ok()
        given(case=found.as_strategy())(SETTINGS(random_call(live, found.label, statuses)))()

    assert len(statuses) >= 6, statuses
