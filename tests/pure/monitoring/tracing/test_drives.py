"""Drives: rows of a file, the level along the way, and who was behind it, with a truth of other physics than the engine's."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from monitoring.series.domain.workbooks import UnreadableFile, UnsafeFile
from monitoring.tracing.domain.drives.case import TooFewReadings
from monitoring.tracing.domain.drives.levels import level_of, peaks_of
from monitoring.tracing.domain.drives.tables import NoHeader, Setting, TooFewRows, track_of
from monitoring.tracing.domain.drives.tracing import answered
from tests.factories.tracing import KG_PER_S, drive_case

SHANGHAI = timezone(timedelta(hours=8))
NOW = datetime(2026, 5, 12, tzinfo=UTC)
SETTING = Setting((120.83, 33.25), 78.114, SHANGHAI, NOW)  # benzene


def file_of(*rows: str, header: str = "时间,经度,纬度,浓度,单位") -> bytes:
    good = [f"2026-05-11 12:{n:02d}:00,120.83,33.25,{n},ug/m3" for n in range(12)]
    return "\n".join([header, *good, *rows]).encode()


def test_rows_that_hold_are_taken_and_every_other_names_row_field_and_rule() -> None:
    sent = track_of(name="t.csv", data=file_of(
        "2026-05-11 12:30:00,120.83,33.25,abc,ug/m3", "2026-05-11 12:31:00,12.83,33.25,1,ug/m3", "gestern,120.83,33.25,1,furlong",
        "2026-05-11 12:00:00,120.83,33.25,1,ug/m3", "2026-05-13 12:00:00,120.83,33.25,1,ug/m3", ",120.83,,1,ug/m3",
    ), setting=SETTING)  # fmt: skip

    assert [one.value for one in sent.points] == list(range(12))
    assert sent.points[0].at == datetime(2026, 5, 11, 4, 0, tzinfo=UTC)
    assert [(one.row, one.field, one.rule) for one in sent.refused] == [
        (14, "value", "number"), (15, "longitude", "track.far"), (16, "time", "time.format"), (16, "unit", "track.unit"), (17, "time", "row.duplicate"),
        (18, "time", "track.time"), (19, "time", "required"), (19, "latitude", "required"),
    ]  # fmt: skip


def test_shares_by_volume_become_mass_and_metres_become_degrees() -> None:
    """100 ppb of benzene at 20 degrees C and 1,013.25 hPa: 1e-7 x 78.114 g/mol x 101,325 Pa / (8.314 J/mol/K x 293.15 K) = 324.7 ug/m3."""
    rows = [f"2026-05-11T04:{n:02d}:00Z,0,1111.95,100,ppb,3" for n in range(12)]
    data = "\n".join(["time,east,north,value,unit,height(m)", *rows]).encode("gb18030")
    first = track_of(name="t.csv", data=data, setting=SETTING).points[0]

    assert first.value == pytest.approx(324.7, rel=1e-3)
    assert (first.lon, first.height) == (120.83, 3.0)
    assert first.lat == pytest.approx(33.26, abs=1e-5)


def test_files_that_are_no_track_are_refused_as_a_whole() -> None:
    for data, name, error in (
        (b"", "t.csv", UnsafeFile), (b"a,b\n1,2\n", "t.csv", NoHeader), (b"x" * 9, "t.xlsx", UnreadableFile),
        (file_of(header="time,lon,lat,value,unit")[:200], "t.csv", TooFewRows),
    ):  # fmt: skip
        with pytest.raises(error):
            track_of(name=name, data=data, setting=SETTING)


def test_the_level_follows_the_background_and_not_the_plumes() -> None:
    """A background that climbs from 10 to 20, noise of 1, and five passes through a plume of 80."""
    rng, time = np.random.default_rng(3), np.arange(0, 3600, 2.0)
    truth = 10 + 10 * time / 3600
    value = truth + rng.standard_normal(len(time)) + 80 * np.exp(-(((time % 720 - 360) / 20) ** 2) / 2)
    found = level_of(time=time, value=value)
    peaks = peaks_of(time=time, value=value, level=found)

    assert np.abs(found.level - truth).max() < 1.5
    assert 0.8 < found.noise < 1.6
    assert len(peaks) == 5
    assert all(one.height == pytest.approx(80, abs=4) for one in peaks)
    assert sorted(round(float(time[one.top]) / 720 - 0.5, 1) for one in peaks) == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_point_behind_the_plume_is_named_with_a_band_that_holds_its_rate(seed: int) -> None:
    found = answered(case=drive_case(seed=seed))
    first = found["candidates"][0]

    assert (found["verdict"], found["named"]) == ("named", ["4"])
    assert first["rate"]["p5"] < KG_PER_S * 3600 < first["rate"]["p95"]
    assert found["reasons"] == ["A lead, not proof."]


@pytest.mark.parametrize("changes", [{"side": -300.0, "bumps": True}, {"speed": 0.3}, {"rate": 0.0}])
def test_nobody_is_named_upwind_in_calm_air_or_without_a_rise(changes: dict[str, Any]) -> None:
    found = answered(case=drive_case(**changes))

    assert (found["verdict"], found["named"]) == ("cannot tell", [])


def test_a_point_that_the_register_does_not_hold_is_not_laid_on_its_neighbours() -> None:
    """Without the true point and those in line with it, nobody of the register is named."""
    case = drive_case()
    case["candidates"] = [one for one in case["candidates"] if one["id"] in ("0", "3", "6", "9")]
    found = answered(case=case)

    assert found["named"] == []
    assert found["unregistered_probability"] > 0.5


def test_the_same_drive_gives_the_same_bits() -> None:
    case = drive_case()

    assert answered(case=case) == answered(case=case)


def test_a_drive_without_wind_is_refused() -> None:
    case = drive_case()
    case["wind"]["speed_m_s"] = [None] * 60
    with pytest.raises(TooFewReadings):
        answered(case=case)
