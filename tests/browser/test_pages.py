"""The portal in a real browser: strict Content-Security-Policy, both languages, a desk and a phone."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.hj212.encode import data_segment, wrap
from tests.browser.conftest import Live, opened

pytestmark = pytest.mark.browser
ADDRESSES = (
    "/", "/problems/", "/incidents/", "/incidents/new/", "/incidents/new/companions/?pollutant=a25002&start=2026-05-11T00:00&end=2026-05-11T08:00", "/traces/fingerprints/profiles/?profile=1", "/traces/blind/", "/incidents/{incident}/", "/traces/{trace}/", "/traces/{trace}/?map=seen", "/traces/{trace}/map/", "/traces/{trace}/cell/?east=0&north=0", "/drives/", "/drives/new/", "/drives/{drive}/", "/traces/siting/", "/traces/siting/new/", "/traces/siting/{plan}/", "/traces/fingerprints/", "/traces/fingerprints/new/", "/traces/fingerprints/{fingerprints}/", "/traces/fingerprints/{fingerprints_failed}/", "/traces/fingerprints/profiles/", "/traces/fingerprints/profiles/new/", "/water/", "/water/new/", "/water/stations/", "/water/{water}/", "/water/networks/{network}/", "/water/networks/new/", "/water/rivers/new/", "/water/rivers/new/?like={reach}", "/water/networks/{reach}/", "/water/{river}/", "/series/", "/series/?c={channel}&interval=hour", "/uploads/", "/intake/", "/intake/quarantine/",
    "/reports/", "/enterprises/", "/enterprises/{enterprise}/", "/enterprises/new/", "/outlets/", "/outlets/{outlet}/",
    "/outlets/{outlet}/edit/", "/points/{channel}/", "/loggers/{logger}/", "/loggers/{logger}/edit/", "/permits/", "/permits/new/",
    "/catalogue/", "/catalogue/limits/", "/people/", "/people/new/", "/keys/", "/keys/new/", "/audit/", "/register/import/", "/nowhere/",
    "/carbon/", "/carbon/now/", "/carbon/enterprises/{enterprise}/balance/2025-06/", "/carbon/enterprises/{enterprise}/method/", "/points/{channel}/winds/",
    "/carbon/park/2025-06/", "/carbon/park/2026-01/", "/carbon/streams/", "/carbon/streams/?only=products", "/carbon/streams/steam/?month=2025-06",
    "/carbon/streams/power/", "/carbon/nodes/works/?month=2025-06", "/carbon/nodes/chp/?month=2025-06", "/carbon/nodes/chp/allocation/", "/carbon/what-if/?month=2025-06", "/carbon/year/?year=2025",
    "/carbon/year/number/", "/carbon/register/", "/carbon/register/streams/new/", "/carbon/register/streams/steam/",
    "/carbon/register/nodes/new/", "/carbon/register/nodes/chp/", "/carbon/enterprises/{enterprise}/?year=2025",
    "/carbon/enterprises/{enterprise}/2025-06/", "/carbon/enterprises/{enterprise}/2025-12/", "/carbon/enterprises/{enterprise}/2026-01/review/",
    "/carbon/enterprises/{enterprise}/2025-12/new/combustion/", "/carbon/enterprises/{enterprise}/2025-12/new/feedstock/",
    "/carbon/enterprises/{enterprise}/2025-12/new/electricity/", "/carbon/enterprises/{enterprise}/2025-12/new/flow/",
    "/carbon/enterprises/{enterprise}/2025-12/new/flare/", "/carbon/enterprises/{enterprise}/derivations/",
    "/carbon/enterprises/{enterprise}/live/?year=2025", "/carbon/enterprises/{enterprise}/live/?year=2026", "/carbon/enterprises/{enterprise}/certificates/", "/carbon/uploads/",
    "/carbon/activity/{line}/", "/carbon/inventories/{inventory}/", "/carbon/inventories/{inventory}/lines/0/",
    "/carbon/inventories/{inventory}/again/", "/carbon/inventories/{inventory}/changes/", "/factors/", "/factors/?family=PROCESS",
    "/factors/grid.average.CN.2023/", "/factors/grid.average.CN.2023/propose/",
)  # fmt: skip


@pytest.mark.parametrize(("width", "language"), [(1366, "zh-CN"), (390, "en-GB")])
def test_every_page_opens_without_complaint_and_fits_its_width(
    chromium: Any, live: Live, width: int, language: str
) -> None:
    pages: Iterator[Any] = opened(chromium, live, user="admin", width=width, language=language)
    page = next(pages)
    wide = []

    for address in ADDRESSES:
        answer = page.goto(live.url + address.format(**live.seed))
        assert answer.status == (404 if address == "/nowhere/" else 200), address
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(address)

    assert not wide
    with pytest.raises(StopIteration):
        next(pages)  # closes the page; complaints of the browser fail here


def test_the_language_of_a_page_is_the_chosen_one(page: Any, live: Live) -> None:
    page.goto(live.url + "/enterprises/")
    chinese = page.inner_text("h1")

    page.click("button[lang=en]")
    page.wait_for_selector("html[lang=en]")

    assert chinese == "企业"
    assert page.inner_text("h1") == "Enterprises"


def until(page: Any, holds: Any, *, pause_ms: int = 250, seconds: float = 20.0) -> None:
    """Wait for something; the pages forbid evaluation, so the browser cannot be asked to wait for it."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        page.wait_for_timeout(pause_ms)


def send(live: Live, *, value: float, factor: str = "a21026", mn: str = "TESTMN0001", cn: str = "2011") -> bytes:
    """One frame over TCP; the answer."""
    now = datetime.now(UTC)
    segment = data_segment(
        cn=cn, mn=mn, time=now.replace(microsecond=0), qn=now, factors={factor: {"Rtd": value, "Flag": "N"}}
    )
    with socket.create_connection(("127.0.0.1", live.gateway_port), timeout=10) as link:
        link.sendall(wrap(segment))
        link.settimeout(5)
        try:
            return link.recv(1024)
        except TimeoutError:
            return b""


def test_a_value_arrives_on_the_open_page(page: Any, live: Live, record_property: Any) -> None:
    page.goto(live.url + f"/points/{live.seed['channel']}/")
    page.wait_for_selector("[data-live-state].state-ok")
    place = f"[data-channel='{live.seed['channel']}']"

    sent = time.monotonic()
    answer = send(live, value=17.25)
    until(page, lambda: page.inner_text(place).strip() == "17.25", pause_ms=20)
    took = time.monotonic() - sent

    print(f"frame to open page: {took:.2f} s")
    record_property("frame_to_page_s", took)
    assert b"CN=9014" in answer


def test_a_value_leads_back_to_its_frame(page: Any, live: Live) -> None:
    send(live, value=18.75)
    page.goto(live.url + f"/points/{live.seed['channel']}/")
    page.wait_for_function(
        "document.body.innerText.includes('18.75')", timeout=15_000
    ) if "18.75" in page.content() else page.reload()

    page.locator("a", has_text="来源").first.click()
    page.locator("a[href^='/intake/frames/']").first.click()

    assert "a21026-Rtd=18.75" in page.inner_text("pre.raw")


def test_the_map_is_drawn_from_our_own_data_alone(page: Any, live: Live) -> None:
    foreign: list[str] = []
    page.on(
        "request",
        lambda request: (
            foreign.append(request.url) if not request.url.startswith((live.url, "blob:", "data:")) else None
        ),
    )

    page.goto(live.url + "/")
    page.wait_for_selector("[data-map][data-drawn=yes]", timeout=30_000)

    assert not foreign


def test_an_unknown_logger_is_registered_from_the_quarantine_and_its_frames_are_used(page: Any, live: Live) -> None:
    assert send(live, value=5.5, mn="NEWCOMER01") == b"", "an unknown sender gets no answer"
    page.goto(live.url + "/intake/quarantine/")
    until(page, lambda: bool(page.reload()) and page.locator("tr", has_text="NEWCOMER01").count() == 1)
    page.locator("tr", has_text="NEWCOMER01").locator("a").first.click()
    address = page.url

    page.goto(live.url + f"/loggers/new/?outlet={live.seed['outlet']}&mn=NEWCOMER01")
    page.click("button.primary")
    page.goto(address)
    page.click("text=重放")
    page.wait_for_selector("[role=status].note")

    page.goto(live.url + "/intake/quarantine/")
    assert "因子未配置通道" in page.inner_text("table"), "the frame was read, and what it lacks now is named"


def test_a_file_is_uploaded_and_its_wrong_row_is_named(page: Any, live: Live, tmp_path: Any) -> None:
    file = tmp_path / "hours.csv"
    file.write_text(
        "outlet,factor,interval,time,value\nDA001,a21026,hour,2026-03-01 08:00,21.5\nDA001,a21026,hour,2026-03-01 09:00,viel\n"
    )
    page.goto(live.url + "/uploads/")

    page.set_input_files("#id_file", str(file))
    page.click("button.primary")
    until(page, lambda: page.locator("#receipt table tbody").count() == 1)

    row = page.inner_text("#receipt table tbody")
    assert "3" in row
    assert "value" in row
    assert "viel" in row


def test_the_reporter_sees_no_administration(chromium: Any, live: Live) -> None:
    pages = opened(chromium, live, user="reporter", width=1366, language="zh-CN")
    page = next(pages)

    menu = page.inner_text("nav.menu")

    assert "企业" in menu
    assert "审计记录" not in menu
    assert "接入监控" not in menu


def test_a_click_on_the_plan_of_what_could_have_been_seen_says_what_stands_behind_the_cell(
    page: Any, live: Live
) -> None:
    page.goto(live.url + f"/traces/{live.seed['trace']}/?map=seen")
    plan = page.locator("[data-picks]")
    plan.scroll_into_view_if_needed()

    plan.click()
    page.locator("#cell h3").wait_for()
    first = page.locator("#cell h3").inner_text()
    page.locator("#pick-east").press("ArrowUp")

    page.wait_for_function("(before) => document.querySelector('#cell h3').innerText !== before", arg=first)


def test_charts_that_come_into_an_open_page_are_drawn_wherever_they_are_put(page: Any, live: Live) -> None:
    """The replay of a trace and the charts of a point alone follow into the page of its answer, the latter beside what was asked for."""
    bars = '{"options": {"xAxis": {"type": "category", "data": ["a"]}, "yAxis": {}, "series": [{"type": "bar", "data": [1]}]}}'

    def chart(name: str) -> str:
        return (
            f'<div class="chart" data-chart="{name}"></div><script id="{name}" type="application/json">{bars}</script>'
        )

    late = chart("first") + f'<div id="elsewhere" hx-swap-oob="innerHTML"><section>{chart("second")}</section></div>'
    page.route("**/late/", lambda route: route.fulfill(status=200, content_type="text/html", body=late))
    page.goto(f"{live.url}/traces/{live.seed['trace']}/")
    page.evaluate(
        """() => {
        document.getElementById("trace").innerHTML = '<div id="here"><p hx-get="/late/" hx-trigger="load" hx-target="#here"></p></div><div id="elsewhere"></div>';
        window.htmx.process(document.getElementById("trace"));
        }"""
    )

    for place in ("#here > [data-chart=first] canvas", "#elsewhere [data-chart=second] canvas"):
        page.wait_for_selector(place, timeout=20_000)
