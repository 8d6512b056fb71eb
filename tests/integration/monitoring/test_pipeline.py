"""From frame to problem, on real tables."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from monitoring.hj212.codes import Version
from monitoring.hj212.packets import peek
from monitoring.intake.models import Job, Quarantine, Submission
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.models import Latest, Observation, ObservationVersion, Rollup
from monitoring.series.services import rolling
from tests.factories.register import make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import minutes, roll, send, through, upload, work

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = datetime(2026, 3, 18, 1, tzinfo=UTC)


def test_frame_is_kept_answered_and_stored(now: datetime) -> None:
    channel = make_channel()
    frame = upload(channel.logger, now, {"a21026": {"Rtd": 12.5, "Flag": "N"}}, cn="2011")

    (answer,) = send([frame], at=now)
    work(now=now)

    kept = Submission.objects.get()
    assert (bytes(kept.raw), kept.mn, kept.logger_id, kept.received_at) == (
        frame,
        channel.logger.mn,
        channel.logger.pk,
        now,
    )
    assert peek(answer[6:-6]).cn == "9014"
    stored = Observation.objects.get()
    assert (stored.channel_id, stored.time, stored.value, stored.verdict, stored.version) == (
        channel.pk,
        now,
        12.5,
        0,
        1,
    )
    assert stored.submission_id == kept.id
    assert Latest.objects.get(channel=channel).value == 12.5
    assert Job.objects.get().new == 1


@pytest.mark.parametrize("version", list(Version))
def test_each_edition_brings_its_values(version: Version, now: datetime) -> None:
    key = "30" * 16 if version is Version.V2025 else ""
    channel = make_channel(logger=make_logger(sm4_key=key))
    factor = "02" if version is Version.V2005 else "a21026"  # the old code of sulphur dioxide

    send([upload(channel.logger, now, {factor: {"Rtd": 12.5, "Flag": "N"}}, cn="2011", version=version)], at=now)
    work(now=now)

    assert Observation.objects.get().value == 12.5
    assert not Quarantine.objects.exists()


def test_units_of_the_logger_become_units_of_the_catalogue(now: datetime) -> None:
    logger = make_logger(outlet=make_outlet(medium="WATER"))
    flow = make_channel(logger=logger, pollutant="w00000", reported_unit="m3/h", scale=1000.0 / 3600.0)

    send([upload(logger, now, {"w00000": {"Avg": 36.0, "Min": 18.0, "Max": 72.0, "Cou": 0.6}})], at=now)
    work(now=now)

    # 36 m3/h are 10 L/s; the total stays what it is, a volume
    stored = Observation.objects.get(channel=flow)
    assert (stored.value, stored.minimum, stored.maximum, stored.total) == pytest.approx((10.0, 5.0, 20.0, 0.6))


def test_the_same_again_changes_nothing(now: datetime) -> None:
    channel = make_channel()
    frames = minutes(channel.logger, 10.0)
    through(frames, at=now)
    before = list(Observation.objects.values_list()), list(Rollup.objects.values_list())

    through(frames, at=now + MINUTE)

    assert (list(Observation.objects.values_list()), list(Rollup.objects.values_list())) == before
    assert ObservationVersion.objects.count() == 0
    assert Submission.objects.count() == 120  # what came in is kept all the same


def test_other_value_asserted_later_comes_into_force_and_the_old_one_is_kept(now: datetime) -> None:
    channel = make_channel()
    through([upload(channel.logger, HOUR, {"a21026": {"Avg": 10.0}})], at=now)

    through([upload(channel.logger, HOUR, {"a21026": {"Avg": 11.0}}, qn=HOUR + MINUTE)], at=now)

    stored = Observation.objects.get()
    assert (stored.value, stored.version) == (11.0, 2)
    old = ObservationVersion.objects.get()
    assert (old.value, old.version, old.why, old.replaced_by) == (10.0, 1, "asserted_later", stored.submission_id)


def test_other_value_asserted_earlier_is_kept_without_coming_into_force(now: datetime) -> None:
    channel = make_channel()
    through([upload(channel.logger, HOUR, {"a21026": {"Avg": 11.0}}, qn=HOUR + MINUTE)], at=now)

    through([upload(channel.logger, HOUR, {"a21026": {"Avg": 10.0}})], at=now)

    assert (Observation.objects.get().value, Observation.objects.get().version) == (11.0, 2)
    assert list(ObservationVersion.objects.values_list("value", "why")) == [(10.0, "asserted_earlier")]


@pytest.mark.parametrize("first", [10.0, 11.0])
def test_two_values_asserted_at_the_same_moment_end_the_same_in_either_order(first: float, now: datetime) -> None:
    channel = make_channel()
    second = 21.0 - first

    through([upload(channel.logger, HOUR, {"a21026": {"Avg": first}})], at=now)
    through([upload(channel.logger, HOUR, {"a21026": {"Avg": second}})], at=now)

    assert Observation.objects.get().value == 11.0
    assert ObservationVersion.objects.get().value == 10.0


def test_hour_is_rolled_up_and_judged_by_its_minutes(now: datetime) -> None:
    channel = make_channel()

    through(
        minutes(channel.logger, 10.0, count=50)
        + minutes(channel.logger, 90.0, count=10, start=HOUR + 50 * MINUTE, flag="C"),
        at=now,
    )

    hour = Rollup.objects.get(interval=2)
    assert (hour.time, hour.value, hour.verdict, hour.basis) == (HOUR, 10.0, Verdict.VALID, 1)
    assert hour.coverage == pytest.approx(50 / 60)
    assert Rollup.objects.get(interval=3).time == datetime(2026, 3, 17, 16, tzinfo=UTC)  # the local day
    assert Rollup.objects.get(interval=4).time == datetime(2026, 2, 28, 16, tzinfo=UTC)  # the local month


def test_correction_recomputes_exactly_the_hour_it_touches(now: datetime) -> None:
    channel = make_channel()
    through(minutes(channel.logger, 10.0, start=HOUR - 60 * MINUTE, count=120), at=now)
    untouched = Rollup.objects.get(interval=2, time=HOUR - 60 * MINUTE).computed_at

    later = now + 5 * MINUTE
    through([upload(channel.logger, HOUR, {"a21026": {"Avg": 70.0}}, qn=HOUR + MINUTE)], at=later)

    assert Rollup.objects.get(interval=2, time=HOUR).value == pytest.approx(11.0)  # (59 x 10 + 70) / 60
    assert Rollup.objects.get(interval=2, time=HOUR).computed_at == later
    assert Rollup.objects.get(interval=2, time=HOUR - 60 * MINUTE).computed_at == untouched


def test_load_is_concentration_times_volume(now: datetime) -> None:
    logger = make_logger(outlet=make_outlet(medium="AIR"))
    make_channel(logger=logger, pollutant="a00000", reported_unit="m3/s")
    dust = make_channel(logger=logger, pollutant="a34013")

    through(
        [upload(logger, HOUR + i * MINUTE, {"a00000": {"Avg": 20.0}, "a34013": {"Avg": 5.0}}) for i in range(60)],
        at=now,
    )

    # 20 m3/s are 72,000 m3 an hour; at 5 mg/m3 they carry 0.36 kg
    hour = Rollup.objects.get(channel=dust, interval=2)
    assert (hour.volume_m3, hour.load_kg) == (Decimal("72000.000"), Decimal("0.360000"))


def test_flow_that_comes_late_mends_the_load_of_its_outlet(now: datetime) -> None:
    logger = make_logger(outlet=make_outlet(medium="WATER"))
    make_channel(logger=logger, pollutant="w00000", reported_unit="L/s")
    cod = make_channel(logger=logger, pollutant="w01018", reported_unit="mg/L")
    through(minutes(logger, 50.0, factor="w01018"), at=now)
    assert Rollup.objects.get(channel=cod, interval=2).load_kg is None

    through(minutes(logger, 10.0, factor="w00000"), at=now + MINUTE)

    # 10 L/s are 36 m3 an hour; at 50 mg/L they carry 1.8 kg
    assert Rollup.objects.get(channel=cod, interval=2).load_kg == Decimal("1.800000")


def test_zero_flow_excuses_the_concentration(now: datetime) -> None:
    logger = make_logger(outlet=make_outlet(medium="WATER"))
    make_channel(logger=logger, pollutant="w00000", reported_unit="L/s")
    cod = make_channel(logger=logger, pollutant="w01018", reported_unit="mg/L")

    through(minutes(logger, 0.0, factor="w00000") + minutes(logger, 50.0, factor="w01018"), at=now)

    hour = Rollup.objects.get(channel=cod, interval=2)
    assert (hour.verdict, hour.reason, hour.load_kg) == (Verdict.INVALID, Reason.ZERO_FLOW, 0)
    day = Rollup.objects.get(channel=cod, interval=3)
    assert day.verdict != Verdict.VALID


def test_reference_oxygen_is_applied_where_the_logger_did_not(now: datetime) -> None:
    logger = make_logger()
    make_channel(logger=logger, pollutant="a19001", reported_unit="%")
    sulphur = make_channel(logger=logger, pollutant="a21026", reference_o2=6.0)

    through(
        [upload(logger, HOUR + i * MINUTE, {"a19001": {"Avg": 11.0}, "a21026": {"Avg": 30.0}}) for i in range(60)],
        at=now,
    )

    assert Rollup.objects.get(channel=sulphur, interval=2).converted == pytest.approx(45.0)  # 30 x 15 / 10


def test_plant_full_of_air_does_not_run(now: datetime) -> None:
    logger = make_logger()
    make_channel(logger=logger, pollutant="a19001", reported_unit="%")
    sulphur = make_channel(logger=logger, pollutant="a21026", reference_o2=6.0)

    through(
        [upload(logger, HOUR + i * MINUTE, {"a19001": {"Avg": 20.5}, "a21026": {"Avg": 30.0}}) for i in range(60)],
        at=now,
    )

    hour = Rollup.objects.get(channel=sulphur, interval=2)
    assert (hour.verdict, hour.reason, hour.converted) == (Verdict.INVALID, Reason.NOT_RUNNING, None)


def test_hour_of_the_logger_stands_in_where_minutes_are_missing(now: datetime) -> None:
    channel = make_channel()

    through([upload(channel.logger, HOUR, {"a21026": {"Avg": 12.0, "Flag": "N"}}, cn="2061")], at=now)

    hour = Rollup.objects.get(interval=2)
    assert (hour.value, hour.verdict, hour.reason, hour.basis) == (12.0, Verdict.VALID, Reason.REPORTED, 2)


def test_day_of_the_logger_stands_although_the_flow_of_the_outlet_comes_by_the_hour(now: datetime) -> None:
    logger = make_logger(outlet=make_outlet(medium="WATER"))
    make_channel(logger=logger, pollutant="w00000", reported_unit="L/s")
    cod = make_channel(logger=logger, pollutant="w01018", reported_unit="mg/L")
    day = datetime(2026, 3, 16, 16, tzinfo=UTC)

    through([upload(logger, day, {"w01018": {"Avg": 40.0, "Flag": "N"}}, cn="2031")], at=now)
    through([upload(logger, day + timedelta(hours=h), {"w00000": {"Avg": 10.0}}, cn="2061") for h in range(24)], at=now)

    stored = Rollup.objects.get(channel=cod, interval=3)
    assert (stored.value, stored.verdict, stored.reason) == (40.0, Verdict.VALID, Reason.REPORTED)
    assert not Rollup.objects.filter(channel=cod, interval=2).exists()


def test_wind_of_a_station_is_judged_as_ambient_data(now: datetime) -> None:
    logger = make_logger(station=make_station())
    wind = make_channel(logger=logger, pollutant="a01008", reported_unit="deg")

    through(
        [upload(logger, HOUR + i * MINUTE, {"a01008": {"Avg": 350.0 if i % 2 else 10.0}}, st="22") for i in range(60)],
        at=now,
    )

    hour = Rollup.objects.get(channel=wind, interval=2)
    assert min(hour.value, 360.0 - hour.value) == pytest.approx(0.0, abs=1e-6)
    assert hour.rule == 3


def test_step_that_fails_leaves_the_periods_due(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = make_channel()
    send(minutes(channel.logger, 10.0), at=now)
    work(now=now)

    def broken(**_: object) -> int:
        raise RuntimeError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(rolling, "write_rollups", broken)
        with pytest.raises(RuntimeError):
            rolling.roll_hours(now=now, quiet_s=0.0)
    roll(now=now)

    assert Rollup.objects.get(interval=2).value == 10.0


def test_parks_do_not_mix(now: datetime) -> None:
    here, there = make_park(), make_park()
    channels = [make_channel(logger=make_logger(station=make_station(park=park))) for park in (here, there)]

    through([upload(c.logger, now, {"a21026": {"Rtd": float(i)}}, cn="2011") for i, c in enumerate(channels)], at=now)

    assert list(Submission.objects.order_by("id").values_list("park_id", flat=True)) == [here.pk, there.pk]
    assert [Observation.objects.get(channel=c).value for c in channels] == [0.0, 1.0]
