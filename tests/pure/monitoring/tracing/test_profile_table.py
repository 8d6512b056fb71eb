"""Source profiles as files: both kinds, headings in both languages, and what is refused with row, field and rule."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitoring.series.domain.workbooks import UnreadableFile, UnsafeFile
from monitoring.tracing.domain.fingerprints.profile_table import BadProfileRows, NoProfileHeader, Row, rows_of_profile
from parks.portal.sheets import xlsx_bytes

KNOWN = {"a25002", "a25003"}
TABLE = "code,share,deviation\na25002,12.5,1.5\na25003,50,5\n"


def taken(text: str, name: str = "profile.csv") -> list[Row]:
    return rows_of_profile(name=name, data=text.encode(), known=KNOWN)


def test_csv_and_workbook_with_headings_in_either_language_are_the_same_profile() -> None:
    rows = [["a25002", 12.5, 1.5], ["a25003", 50, 5]]
    book = xlsx_bytes(
        sheets=[("谱", ["污染物编码", "质量占比 [%]", "标准差（%）"], rows)], zone=ZoneInfo("Asia/Shanghai"), created=datetime(2026, 3, 1, tzinfo=UTC)
    )  # fmt: skip

    assert taken(TABLE) == [Row("a25002", 0.125, 0.015), Row("a25003", 0.5, 0.05)]
    assert rows_of_profile(name="谱.xlsx", data=book, known=KNOWN) == taken(TABLE)
    assert taken("deviation,code,share\n1.5,a25002,12.5\n\n5,a25003,50\n") == taken(TABLE)


def test_every_row_that_does_not_hold_is_named_with_field_and_rule_and_nothing_is_taken() -> None:
    text = TABLE + "a25002,1,1\nx99,1,1\na25003,much,\n,130,-1\n"

    with pytest.raises(BadProfileRows) as refused:
        taken(text)

    assert [(one.row, one.field, one.rule) for one in refused.value.refused] == [
        (4, "code", "profile.twice"), (5, "code", "profile.code"), (6, "deviation", "required"), (6, "code", "profile.twice"), (6, "share", "number"),
        (7, "code", "required"), (7, "share", "profile.percent"), (7, "deviation", "profile.percent"),
    ]  # fmt: skip


def test_files_that_are_no_profile_are_refused_as_a_whole() -> None:
    with pytest.raises(NoProfileHeader):
        taken("a25002,12.5,1.5\n")
    with pytest.raises(UnreadableFile):
        taken(TABLE, name="profile.xlsx")
    with pytest.raises(UnsafeFile):
        taken("")
