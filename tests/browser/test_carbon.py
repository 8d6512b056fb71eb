"""A month of carbon accounting through the pages alone, from the uploaded table to the park's total and back to a meter."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Live, opened
from tests.browser.test_pages import until

pytestmark = pytest.mark.browser
# 100 t of gas give 10,000 GJ of steam to the works; 372 MWh come from the grid (the meter: 744 h x 500 kW); 500 t are sold.
TABLE = """month,code,kind,field,value,unit,fuel,choices,node,stream,quality
2026-01,gas,combustion,amount,100,t,lng,,chp,,2
2026-01,oil,combustion,amount,2,MWh,diesel,,chp,,2
2026-01,steam-made,flow,made,10000,GJ,,,chp,steam,2
2026-01,steam-used,flow,used,10000,GJ,,,works,steam,2
2026-01,grid,flow,imported,372,MWh,,region=CN; factor_year=2023,,power,2
2026-01,acid,flow,made,500,t,,,works,acid,1
2026-01,acid-sold,flow,sold_outside,500,t,,,,acid,1
"""
GAS = 100 * 51.498 * 0.0172 * 0.98 * 44 / 12  # heat content x carbon x oxidation x 44/12, table B
GRID = 372 * 0.5306
MOST_CLICKS = 5


@pytest.fixture(scope="module")
def month(live: Live) -> str:
    return f"/carbon/enterprises/{live.seed['enterprise']}/2026-01/"


@contextmanager
def as_person(chromium: Any, live: Live, user: str) -> Iterator[Any]:
    """A page of this person; questions are answered with yes."""
    pages = opened(chromium, live, user=user, width=1366, language="zh-CN")
    page = next(pages)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    with pytest.raises(StopIteration):
        next(pages)


def number(text: str) -> float:
    """The first number of a figure as it is printed."""
    return float(text.split()[0].replace(",", "").replace(" ", ""))


def test_a_month_goes_from_a_table_to_the_parks_total_and_back(
    chromium: Any, live: Live, month: str, tmp_path: Path
) -> None:
    with as_person(chromium, live, "reporter") as page:
        uploads(page, live, tmp_path)
        previews_and_fills_from_the_meter(page, live, month)
    with as_person(chromium, live, "approver") as page:
        closes(page, live, month)
    with as_person(chromium, live, "auditor") as page:
        reviews_and_signs(page, live, month)
    with as_person(chromium, live, "officer") as page:
        balances(page, live)
    with as_person(chromium, live, "auditor") as page:
        assert follows_to_the_meter(page, live) <= MOST_CLICKS
    with as_person(chromium, live, "approver") as page:
        reopens(page, live, month)


def uploads(page: Any, live: Live, folder: Path) -> None:
    """The wrong row is named by row, field and rule; all others are taken."""
    file = folder / "january.csv"
    file.write_text(TABLE)
    page.goto(live.url + "/carbon/uploads/")
    page.set_input_files("#id_file", str(file))
    page.click("form[enctype] button.primary")
    until(page, lambda: page.locator("#receipt a[href^='/carbon/activity/']").count() == 6)

    refused = page.locator("#receipt table tbody tr").first.inner_text()
    assert refused.split()[:3] == ["3", "amount", "activity.unit"]


def previews_and_fills_from_the_meter(page: Any, live: Live, month: str) -> None:
    page.click("a[href^='/carbon/activity/']:text('gas')")
    assert f"{GAS:.1f}"[:-2] in page.inner_text("main").replace(",", ""), "the line shows its tonnes"

    page.goto(live.url + month)
    page.click("#add a[href$='/new/combustion/']")
    page.fill("#id_code", "boiler")
    page.select_option("select[name$=fuel]", "lng")
    page.fill("tbody tr:first-child input[type=text], tbody tr:first-child input[type=number]", "1")
    page.click("button[name=preview]")
    assert page.locator("[role=status].note").count() == 1

    page.goto(live.url + month)
    assert page.locator("a:text-is('boiler')").count() == 0, "a preview stores nothing"
    page.click("form[action$='/derive/'] button")
    assert page.locator("td a:text-is('power')").count() == 1
    assert "372" in page.locator("tr", has=page.locator("a:text-is('power')")).inner_text()


def closes(page: Any, live: Live, month: str) -> None:
    page.goto(live.url + month)
    comments = page.locator("input[name^='comment:']")
    assert comments.count() == 2, "a source that is gone, and twice the gas of the year before"
    for at in range(comments.count()):
        comments.nth(at).fill("检修后恢复满负荷")
    page.click("button[name=step][value=CLOSE]")

    assert "已关账" in page.inner_text("p.sub")


def reviews_and_signs(page: Any, live: Live, month: str) -> None:
    page.goto(live.url + month)
    page.click("a[href$='/review/']")
    assert "检修后恢复满负荷" in page.inner_text("main")
    for _line in range(page.locator("button[value=ACCEPTED]").count()):
        row = page.locator("tr", has=page.locator("button[value=ACCEPTED]")).filter(has_not=page.locator(".state-ok"))
        row.first.locator("button[value=ACCEPTED]").click()
    gas = page.locator("tr", has=page.locator("a:text-is('gas')")).inner_text()
    assert f"{GAS:.1f}"[:-2] in gas.replace(",", ""), "the recomputation stands beside the line"

    page.click("button[name=step][value=VERIFY]")

    assert "已核查" in page.inner_text("p.sub")


def balances(page: Any, live: Live) -> None:
    page.goto(live.url + "/carbon/")
    page.locator("main a[href='/carbon/park/2026-01/']").first.click()
    page.click("form[action$='/compute/'] button")
    page.goto(live.url + "/carbon/?month=2026-01")

    assert number(page.locator("a.figure .value").first.inner_text()) == pytest.approx(GAS + GRID, abs=1)


def follows_to_the_meter(page: Any, live: Live) -> int:
    """Clicks from the park's total to the readings of the meter."""
    page.goto(live.url + "/carbon/")
    clicks = 0
    for step in (
        "a.figure[href^='/carbon/park/']", "a[href^='/carbon/nodes/works/']", "td a[href^='/carbon/activity/']:text-is('power')",
        f"a[href='/points/{live.seed['channel']}/']",
    ):  # fmt: skip
        page.locator(step).first.click()
        clicks += 1
    assert page.url == f"{live.url}/points/{live.seed['channel']}/"
    return clicks


def reopens(page: Any, live: Live, month: str) -> None:
    page.goto(live.url + month)
    page.fill("#reason", "供应商更正了发票")
    page.click("button[value=REOPEN]")

    history = page.locator("section", has=page.locator("h2:text-is('经过')")).inner_text()
    assert "供应商更正了发票" in history
    assert [word in history for word in ("approver", "auditor")] == [True, True]
    assert "填报中" in page.inner_text("p.sub")
