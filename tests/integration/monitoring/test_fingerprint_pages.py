"""Factors of several substances in the portal: judged hours and stated limits in, factors that lead back to the hours out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from monitoring.series.domain.readings import Interval
from monitoring.series.services.partitions import ensure_partitions
from monitoring.tracing.models import FingerprintRun, Incident, SourceProfile
from monitoring.tracing.tasks import fingerprints_due
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel
from tests.factories.tracing import MIX, TRUE_PROFILES, mixture

pytestmark = pytest.mark.django_db
HOURS, GAP = 240, 5
LIMIT, PERCENT = 0.1, 10
SOURCE = "验收报告 2026-03"


def hours(*, channel: Any, values: list[float | None], start: datetime) -> None:
    """Judged hours as the roll-up writes them; None leaves the hour out."""
    times = [start + timedelta(hours=n) for n in range(len(values))]
    ensure_partitions(tables=["monitoring_rollup"], times=[times[0], times[-1]])
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO monitoring_rollup (channel_id, "interval", time, value, coverage, verdict, reason, rule, basis, computed_at)
               VALUES (%s, %s, %s, %s, 1, 0, 0, 1, 1, now())""",
            [(channel.pk, int(Interval.HOUR), time, value) for time, value in zip(times, values, strict=True) if value is not None],
        )  # fmt: skip


@pytest.fixture
def scene() -> Any:
    """A station whose five substances come from the east, from the west and from everywhere; benzene lacks one hour."""
    park = make_park()
    station = make_station(park=park, kind="FENCE", code="F01", lon=121.3, lat=30.7)
    logger = make_logger(station=station)
    values, _, speed, bearing = mixture(hours=HOURS)
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    start = last.replace(hour=16) - timedelta(days=11)  # midnight in Shanghai
    channels = {code: make_channel(logger=logger, pollutant=code) for code in (*MIX, "a01007", "a01008")}
    for n, code in enumerate(MIX):
        column: list[float | None] = (values[:, n] / 1000).tolist()  # the catalogue's unit is mg/m3
        if n == 0:
            column[GAP] = None
        hours(channel=channels[code], values=column, start=start)
    hours(channel=channels["a01007"], values=speed.tolist(), start=start)
    hours(channel=channels["a01008"], values=bearing.tolist(), start=start)
    officer = client_of(make_user(role=Role.OFFICER, park=park))
    return park, officer, station, start, channels


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(scene: Any, **changes: Any) -> dict[str, Any]:
    _, _, station, start, _ = scene
    first = (start + timedelta(hours=9)).date()
    last = first + timedelta(days=9)
    limits = {f"limit-{code}": LIMIT for code in MIX} | {f"fraction-{code}": PERCENT for code in MIX}
    return {
        "title": "因子", "stations": [station.pk], "first": first, "last": last, "missing": "DROP", "least_factors": 2, "most_factors": 3, "starts": 5,
        "bootstrap_runs": 20, "block_h": 12, "high_percentile": 75, "seed": 1, "errors_source": SOURCE, "use": list(MIX), "do": "solve",
        "shown": f"{station.pk} {first} {last}", **limits,
    } | changes  # fmt: skip


def solved(scene: Any, **changes: Any) -> FingerprintRun:
    answer = scene[1].post(reverse("fingerprint_new"), sent(scene, **changes))
    assert answer.status_code == 302, answer.content.decode()
    fingerprints_due()
    return FingerprintRun.objects.latest("pk")


def profile(scene: Any, name: str, **changes: Any) -> Any:
    lines = "\n".join(
        f"{code}, {100 * share}, 2" for code, share in zip(MIX, TRUE_PROFILES.get(name, ()), strict=False)
    )
    given = {"name": name, "outlet": "", "source": "", "valid_from": date(2020, 1, 1), "valid_to": "", "shares": lines}
    return scene[1].post(reverse("source_profile_new"), given | changes)


def test_the_form_counts_complete_hours_before_anything_is_frozen(scene: Any) -> None:
    context = scene[1].post(reverse("fingerprint_new"), sent(scene, do="look")).context

    assert (context["complete"], context["taken"], context["all_hours"]) == (HOURS - 1, HOURS - 1, HOURS)
    benzene = next(one for one in context["rows"] if one["code"] == MIX[0])
    assert (benzene["seen"].hours, benzene["seen"].missing) == (HOURS - 1, 1)
    assert not FingerprintRun.objects.exists()


def test_three_sources_are_told_apart_and_every_number_leads_to_its_hour(scene: Any) -> None:
    _, officer, station, start, channels = scene
    run = solved(scene)
    page = officer.get(reverse("fingerprint_run", args=[run.pk])).content.decode()

    assert run.state == "DONE", run.error
    assert (run.samples, run.answer["suggested"]) == (HOURS - 1, 3)
    series = np.array([[np.nan if v is None else v for v in row] for row in run.answer["solutions"][-1]["series"][0]])
    at = start + timedelta(hours=int(np.nanargmax(series[0])))
    stamp = round(at.timestamp() * 1000)
    origin = reverse("derivation", args=[channels[MIX[1]].pk, "hour", stamp])
    for text in (
        "线索，不是证据",
        origin,
        run.digest[:16],
        run.code_version,
        SOURCE,
        reverse("station", args=[station.pk]),
    ):
        assert text in page
    assert officer.get(origin).status_code == 200


def test_what_was_frozen_holds_the_matrix_with_its_uncertainties_and_cannot_be_changed(scene: Any) -> None:
    run = solved(scene)
    case = scene[1].get(reverse("fingerprint_case", args=[run.pk])).json()
    station = case["stations"][0]
    values, _, _, _ = mixture(hours=HOURS)

    assert (len(station["ug_m3"][MIX[0]]), station["ug_m3"][MIX[0]][GAP], station["used"][GAP]) == (HOURS, None, False)
    assert station["ug_m3"][MIX[1]][0] == pytest.approx(values[0, 1], rel=1e-4)
    assert station["uncertainty_ug_m3"][MIX[1]][0] == pytest.approx(np.hypot(0.1 * values[0, 1], 0.5 * LIMIT), rel=1e-4)
    assert (case["options"]["seed"], case["errors_source"]) == (1, SOURCE)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        FingerprintRun.objects.filter(pk=run.pk).update(case={})
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        run.delete()


def test_a_factor_is_named_after_a_profile_in_force_and_the_balance_stands_beside_it(scene: Any) -> None:
    assert profile(scene, "east").status_code == 302
    assert profile(scene, "west", source="LDAR 2026-02").status_code == 302
    profile(scene, "everywhere", valid_from=date(2019, 1, 1), valid_to=date(2019, 12, 31))
    kept = {one.name: one for one in SourceProfile.objects.all()}
    run = solved(scene, profile=[one.pk for one in kept.values()])
    page = scene[1].get(reverse("fingerprint_run", args=[run.pk])).content.decode()

    assert [one["name"] for one in run.case["profiles"]] == ["east", "west"]  # the third was not in force
    assert (kept["east"].status, kept["west"].status) == ("UNVERIFIED", "SOURCED")
    assert {one["named"] for one in run.answer["solutions"][-1]["matches"]} == {kept["east"].pk, kept["west"].pk, None}
    assert [one["id"] for one in run.answer["balance"]["sources"]] == [kept["east"].pk, kept["west"].pk]
    assert "LDAR 2026-02" in scene[1].get(reverse("source_profiles")).content.decode()
    assert "未核实" in page


def test_an_outlet_that_gives_a_name_is_held_against_the_winds_of_its_factor(scene: Any) -> None:
    firm = make_enterprise(park=scene[0])
    west_of_it = make_outlet(enterprise=firm, lon=121.29, lat=30.7)
    for name in ("east", "west"):  # both are said to come from an outlet in the west
        profile(scene, name, outlet=west_of_it.pk)
    run = solved(scene, profile=list(SourceProfile.objects.values_list("pk", flat=True)))
    context = scene[1].get(reverse("fingerprint_run", args=[run.pk])).context

    told = {part["named"]["name"]: part["upwind"]["agrees"] for part in context["parts"] if part["named"]}
    assert told == {"east": False, "west": True}


def test_a_profile_of_the_same_name_is_the_next_version_and_none_can_be_changed(scene: Any) -> None:
    profile(scene, "east")
    profile(scene, "east", source="复测报告")

    assert list(SourceProfile.objects.order_by("version").values_list("version", "status")) == [(1, "UNVERIFIED"), (2, "SOURCED")]  # fmt: skip
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SourceProfile.objects.update(source="x")


def test_lines_of_a_profile_that_do_not_hold_are_named(scene: Any) -> None:
    wrong = profile(scene, "x", shares="a25002, 50, 5\nnonsense, 1, 1\na25003, viel, 1").content.decode()
    much = profile(scene, "x", shares="a25002, 90, 5\na25003, 20, 5").content.decode()

    assert "第 2 行" in wrong
    assert "第 3 行" in wrong
    assert "110.0" in much
    assert not SourceProfile.objects.exists()


def test_a_profile_is_sent_as_a_file_and_rows_that_do_not_hold_are_named(scene: Any) -> None:
    def sent_file(text: str, **changes: Any) -> Any:
        return profile(scene, "east", shares="", file=SimpleUploadedFile("east.csv", text.encode()), **changes)

    wrong = sent_file("code,share,deviation\na25002,50,5\nx99,1,\n").content.decode()
    both = profile(scene, "east", file=SimpleUploadedFile("east.csv", b"x")).content.decode()
    neither = profile(scene, "east", shares="").content.decode()

    assert "第 3 行，code：目录中没有这种大气物质。" in wrong
    assert "第 3 行，deviation：" in wrong
    assert all("二者取其一" in page for page in (both, neither))
    assert not SourceProfile.objects.exists()

    assert sent_file("污染物编码,质量占比 [%],标准差 [%]\na25002,50,5\na25003,20,2\n").status_code == 302
    kept = SourceProfile.objects.get()
    assert (kept.shares, kept.deviations) == ({"a25002": 0.5, "a25003": 0.2}, {"a25002": 0.05, "a25003": 0.02})


def test_an_incident_leads_to_the_fingerprints_of_its_days_and_stations(scene: Any) -> None:
    park, officer, station, start, _ = scene
    other = make_station(park=park, kind="FENCE", code="F02", lon=121.31, lat=30.7)
    logger = make_logger(station=other)
    for code in ("a25003", "a25004", "a25005"):
        make_channel(logger=logger, pollutant=code)
    incident = Incident.objects.create(
        park=park, kind="MANUAL", pollutant_id="a25002", title="异味", began_at=start + timedelta(hours=20), ended_at=start + timedelta(hours=30),
        opened_at=start,
    )  # fmt: skip
    address = f"{reverse('fingerprint_new')}?incident={incident.pk}"

    assert address in officer.get(reverse("incident", args=[incident.pk])).content.decode()
    form = officer.get(address).context["form"]
    assert {name: form[name].value() for name in ("first", "last", "stations", "title")} == {
        "first": (start + timedelta(hours=9)).date(), "last": (start + timedelta(hours=33)).date(), "stations": [str(station.pk)], "title": "异味",
    }  # fmt: skip
    stranger = client_of(make_user(role=Role.OFFICER, park=make_park()))
    assert stranger.get(address).status_code == 404


def test_limits_are_stated_or_nothing_is_frozen(scene: Any) -> None:
    for changes in ({f"limit-{MIX[2]}": ""}, {f"limit-{MIX[2]}": "0"}):
        page = scene[1].post(reverse("fingerprint_new"), sent(scene, **changes)).content.decode()
        assert "大于零的检出限" in page
    assert (
        "errors_source"
        in scene[1].post(reverse("fingerprint_new"), sent(scene, errors_source=" ")).context["form"].errors
    )
    assert not FingerprintRun.objects.exists()


def test_too_few_hours_and_too_many_factors_are_said_with_their_numbers(scene: Any) -> None:
    first = sent(scene)["first"]
    shown = f"{scene[2].pk} {first} {first}"
    few = scene[1].post(reverse("fingerprint_new"), sent(scene, last=first, shown=shown)).content.decode()
    many = scene[1].post(reverse("fingerprint_new"), sent(scene, most_factors=5)).content.decode()

    assert "只有 23 小时，至少需要 34 小时" in few
    assert "5 种物质不足以分解 5 个因子" in many


def test_with_other_days_the_samples_are_shown_before_anything_is_frozen(scene: Any) -> None:
    answer = scene[1].post(reverse("fingerprint_new"), sent(scene, first=sent(scene)["first"] + timedelta(days=1)))

    assert answer.status_code == 200
    assert not FingerprintRun.objects.exists()


def test_limits_of_the_last_analysis_are_offered_for_the_next(scene: Any) -> None:
    solved(scene)
    context = scene[1].get(reverse("fingerprint_new"), {"station": scene[2].pk}).context

    assert {one["limit"] for one in context["rows"]} == {LIMIT}
    assert [one["fraction"] for one in context["rows"]] == pytest.approx([PERCENT] * len(MIX))
    assert context["form"]["errors_source"].value() == SOURCE


def test_the_same_inputs_again_give_the_same_answer_and_the_page_says_so(scene: Any) -> None:
    first = solved(scene)
    scene[1].post(reverse("fingerprint_again", args=[first.pk]))
    fingerprints_due()
    second = FingerprintRun.objects.latest("pk")
    page = scene[1].get(reverse("fingerprint_run", args=[second.pk])).content.decode()

    assert (second.digest, second.answer) == (first.digest, first.answer)
    assert "结果相同" in page
    assert reverse("fingerprint_run", args=[first.pk]) in page


def test_a_page_follows_its_run_and_loads_anew_when_it_is_over(scene: Any) -> None:
    scene[1].post(reverse("fingerprint_new"), sent(scene))
    run = FingerprintRun.objects.latest("pk")
    waiting = scene[1].get(reverse("fingerprint_run", args=[run.pk])).content.decode()
    before = scene[1].get(reverse("fingerprint_state", args=[run.pk])).headers
    fingerprints_due()
    after = scene[1].get(reverse("fingerprint_state", args=[run.pk])).headers

    assert f'hx-get="{reverse("fingerprint_state", args=[run.pk])}"' in waiting
    assert ("HX-Refresh" in before, after["HX-Refresh"]) == (False, "true")


def test_enterprises_see_nothing_of_it_and_auditors_ask_for_nothing(scene: Any) -> None:
    park = scene[0]
    run = solved(scene)
    for role, own, see, ask in (
        (Role.AUDITOR, {"park": park}, 200, 403),
        (Role.REPORTER, {"enterprise": make_enterprise(park=park)}, 403, 403),
        (Role.OFFICER, {"park": make_park()}, 404, 200),
    ):
        client = client_of(make_user(role=role, **own))
        assert client.get(reverse("fingerprint_run", args=[run.pk])).status_code == see
        assert client.get(reverse("fingerprint_new")).status_code == ask
    assert "traces/fingerprints/new" in scene[1].get(reverse("station", args=[scene[2].pk])).content.decode()


def test_the_list_asks_the_database_as_often_for_many_as_for_one(scene: Any) -> None:
    run = solved(scene)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert scene[1].get(reverse("fingerprints")).status_code == 200
        counts.append(len(asked))
        for _more in range(4):
            scene[1].post(reverse("fingerprint_again", args=[run.pk]))

    assert counts[0] == counts[1] <= 12
