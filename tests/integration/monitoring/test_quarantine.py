"""What cannot be used is kept, named, repaired and worked through again."""

from datetime import datetime, timedelta

import pytest

from monitoring.hj212.crc import modbus16
from monitoring.hj212.encode import data_segment
from monitoring.intake.models import Quarantine, Submission
from monitoring.intake.services import replaying
from monitoring.intake.services.replaying import CaseSettled, StillRefused
from monitoring.series.models import Observation
from parks.catalogue.domain.errors import NotFound
from parks.people.models import AuditEntry, User
from tests.factories.people import make_user
from tests.factories.register import make_logger, make_park, make_station
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import send, upload, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return make_user()


def case() -> Quarantine:
    return Quarantine.objects.get(state=0)


def arrive(frame: bytes, now: datetime) -> list[bytes]:
    answers = send([frame], at=now)
    work(now=now)
    return answers


def test_unknown_station_is_registered_and_its_frames_used(now: datetime, officer: User) -> None:
    stranger = make_logger(mn="NEWCOMER01")
    frame = upload(stranger, now, {"a21026": {"Rtd": 7.0, "Flag": "N"}}, cn="2011")
    stranger.delete()

    assert arrive(frame, now) == []  # nothing is answered that is not taken
    assert (case().code, case().mn, case().count) == ("mn.unknown", "NEWCOMER01", 1)
    make_channel(logger=make_logger(mn="NEWCOMER01"))
    done = replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)

    assert done.new == 1
    assert Observation.objects.get().value == 7.0
    settled = Quarantine.objects.get()
    assert (settled.state, settled.settled_by_id) == (1, officer.pk)


def test_replayed_frames_with_further_trouble_become_a_case_of_their_own(now: datetime, officer: User) -> None:
    stranger = make_logger(mn="NEWCOMER02")
    frame = upload(stranger, now, {"a21026": {"Rtd": 7.0}, "a34013": {"Rtd": 3.0}}, cn="2011")
    stranger.delete()
    arrive(frame, now)

    logger = make_logger(mn="NEWCOMER02")
    make_channel(logger=logger)
    replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)
    assert (case().code, case().subject) == ("factor.unmapped", "a34013")

    make_channel(logger=logger, pollutant="a34013")
    replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)
    assert set(Observation.objects.values_list("value", flat=True)) == {7.0, 3.0}


def test_wrong_password_is_corrected_and_its_frames_used(now: datetime, officer: User) -> None:
    channel = make_channel()
    frame = upload(channel.logger, now, {"a21026": {"Rtd": 7.0}}, cn="2011", password="654321")
    assert arrive(frame, now) == []
    assert case().code == "password"
    with pytest.raises(StillRefused):
        replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)

    channel.logger.password = "654321"
    channel.logger.save()
    replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)

    assert Observation.objects.get().value == 7.0


def test_broken_frame_cannot_be_repaired_and_stays_in_the_journal(now: datetime, officer: User) -> None:
    channel = make_channel()
    good = upload(channel.logger, now, {"a21026": {"Rtd": 7.0}}, cn="2011")
    broken = good.replace(b"Rtd=7", b"Rtd=8")
    assert arrive(broken, now) == []
    assert case().code == "crc"

    with pytest.raises(StillRefused):
        replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)
    replaying.dismiss(case_id=case().pk, by_id=officer.pk, note="line noise", now=now)

    assert not Observation.objects.exists()
    assert bytes(Submission.objects.get().raw) == broken


def test_logger_with_the_sum_of_modbus_is_set_up_so_and_its_frames_used(now: datetime, officer: User) -> None:
    channel = make_channel()
    segment = data_segment(cn="2011", mn=channel.logger.mn, time=now, factors={"a21026": {"Rtd": 7.0}}, qn=now)
    arrive(b"##%04d%b%04X\r\n" % (len(segment), segment, modbus16(segment)), now)
    assert case().code == "crc"

    channel.logger.crc_variant = "MODBUS"
    channel.logger.save()
    replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)

    assert Observation.objects.get().value == 7.0


def test_impossible_time_of_a_park_with_the_wrong_zone_is_mended(now: datetime, officer: User) -> None:
    park = make_park(time_zone="America/New_York")
    channel = make_channel(logger=make_logger(station=make_station(park=park)))
    arrive(
        upload(channel.logger, now, {"a21026": {"Rtd": 7.0}}, cn="2011"), now
    )  # 10:30 in Shanghai, not yet in New York
    assert (case().code, case().subject) == ("time.impossible", "DataTime")

    park.time_zone = "Asia/Shanghai"
    park.save()
    replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)

    assert Observation.objects.get().time == now


def test_time_ahead_of_its_arrival_stays_impossible_even_when_it_has_passed(now: datetime, officer: User) -> None:
    channel = make_channel()
    arrive(upload(channel.logger, now + timedelta(hours=2), {"a21026": {"Rtd": 7.0}}, cn="2011"), now)

    with pytest.raises(StillRefused):
        replaying.replay(case_id=case().pk, by_id=officer.pk, now=now + timedelta(days=1))


def test_small_skew_of_the_clock_is_no_trouble(now: datetime) -> None:
    channel = make_channel()

    arrive(upload(channel.logger, now + timedelta(minutes=9), {"a21026": {"Rtd": 7.0}}, cn="2011"), now)

    assert Observation.objects.get().value == 7.0


def test_unmapped_factor_gets_a_channel_and_its_values_are_used(now: datetime, officer: User) -> None:
    channel = make_channel()
    frames = [
        upload(channel.logger, now + timedelta(minutes=-i), {"a21026": {"Rtd": 7.0}, "a25002": {"Rtd": 0.5}}, cn="2011")
        for i in range(3)
    ]
    send(frames, at=now)
    work(now=now)
    assert (case().code, case().subject, case().count) == ("factor.unmapped", "a25002", 3)
    assert Observation.objects.count() == 3  # the other factor is used at once

    benzene = make_channel(logger=channel.logger, pollutant="a25002")
    done = replaying.replay(case_id=case().pk, by_id=officer.pk, now=now)

    assert (done.new, done.same) == (3, 3)
    assert Observation.objects.filter(channel=benzene).count() == 3


def test_noise_is_kept_with_where_it_came_from(now: datetime) -> None:
    arrive(b"GET / HTTP/1.1\r\n", now)

    assert (case().code, case().mn) == ("noise", "192.0.2.7")
    assert bytes(Submission.objects.get().raw).startswith(b"GET /")


def test_the_same_trouble_again_is_counted_in_one_case(now: datetime) -> None:
    channel = make_channel()
    for i in range(3):
        at = now + timedelta(minutes=i)
        arrive(upload(channel.logger, at, {"a99999": {"Rtd": 1.0}}, cn="2011"), at)

    assert (case().count, case().first_at, case().last_at) == (3, now, now + timedelta(minutes=2))


def test_settled_case_cannot_be_settled_again_and_a_missing_one_is_not_found(now: datetime, officer: User) -> None:
    arrive(b"noise\r\n", now)
    done = replaying.dismiss(case_id=case().pk, by_id=officer.pk, note="", now=now)

    with pytest.raises(CaseSettled):
        replaying.replay(case_id=done.pk, by_id=officer.pk, now=now)
    with pytest.raises(NotFound):
        replaying.dismiss(case_id=done.pk + 1, by_id=officer.pk, note="", now=now)


def test_repair_of_a_logger_is_audited_without_its_secrets(now: datetime, officer: User) -> None:
    logger = make_logger(password="abc123", sm4_key="30" * 16)

    logger.password = "xyz789"
    logger.save()

    text = str(list(AuditEntry.objects.values_list("before", "after")))
    assert "(new secret)" in text
    assert not any(secret in text for secret in ("abc123", "xyz789", "3030"))
