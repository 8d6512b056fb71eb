"""Frames out of a byte stream, as loggers really send it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.hj212.crc import modbus16
from monitoring.hj212.encode import wrap
from monitoring.hj212.frames import FrameSplitter, RawFrame
from tests.data import official

SEGMENT = official.SEGMENT_2017
FRAME = b"##0101" + SEGMENT + b"1C80\r\n"
DATA = b"QN=20260318103000000;ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20260318103000;a21026-Rtd=%s,a21026-Flag=N&&"


def split(data: bytes) -> list[RawFrame]:
    splitter = FrameSplitter()
    return splitter.feed(data) + splitter.close()


def test_official_frame_comes_out_whole() -> None:
    (frame,) = split(FRAME)

    assert (frame.wire, frame.segment, frame.crc, frame.crc_ok, frame.problems) == (FRAME, SEGMENT, "1C80", True, ())


def test_lower_case_check_sum_is_good() -> None:
    (frame,) = split(b"##0101" + SEGMENT + b"1c80\r\n")

    assert frame.crc_ok
    assert frame.problems == ()


def test_halves_wait_for_each_other() -> None:
    splitter = FrameSplitter()

    assert splitter.feed(FRAME[:50]) == []
    assert splitter.partial
    assert [f.wire for f in splitter.feed(FRAME[50:])] == [FRAME]
    assert not splitter.partial


def test_byte_by_byte_is_the_same_as_at_once() -> None:
    stream = FRAME + b"noise\r\n" + wrap(DATA % b"1") + FRAME
    splitter = FrameSplitter()

    slowly = [frame for i in range(len(stream)) for frame in splitter.feed(stream[i : i + 1])] + splitter.close()

    assert [f.segment for f in slowly if not f.is_noise] == [SEGMENT, DATA % b"1", SEGMENT]
    assert all(f.crc_ok for f in slowly if not f.is_noise)


def test_joined_frames_come_apart() -> None:
    assert [f.segment for f in split(FRAME * 3)] == [SEGMENT] * 3


def test_noise_before_a_frame_is_kept_apart() -> None:
    noise, frame = split(b"AT+OK\x00\xff" + FRAME)

    assert (noise.is_noise, noise.wire) == (True, b"AT+OK\x00\xff")
    assert frame.segment == SEGMENT


def test_segment_over_1024_bytes_is_taken_and_marked() -> None:
    body = ";".join(f"a{i:05d}-Rtd={i},a{i:05d}-Flag=N" for i in range(60))
    segment = (
        f"QN=20260318103000000;ST=31;CN=2011;PW=123456;MN=X1;Flag=5;CP=&&DataTime=20260318103000;{body}&&".encode()
    )
    assert len(segment) > 1024

    (frame,) = split(wrap(segment))

    assert (frame.segment, frame.crc_ok, frame.problems) == (segment, True, ("segment.long",))


def test_missing_tail_does_not_eat_the_next_frame() -> None:
    first, second = split(FRAME[:-2] + FRAME)

    assert (first.crc_ok, first.problems) == (True, ("tail.missing",))
    assert (second.wire, second.problems) == (FRAME, ())


@pytest.mark.parametrize("claimed", [b"0090", b"0101", b"0110", b"0150", b"0900"])
def test_wrong_length_is_overruled_by_the_check_sum_at_the_tail(claimed: bytes) -> None:
    first, second = split(b"##" + claimed + SEGMENT + b"1C80\r\n" + wrap(DATA % b"2"))

    assert (first.segment, first.crc_ok, first.length_ok) == (SEGMENT, True, claimed == b"0101")
    assert (second.segment, second.crc_ok, second.problems) == (DATA % b"2", True, ())


def test_length_beyond_the_stream_does_not_hold_the_frame_back() -> None:
    splitter = FrameSplitter()

    found = splitter.feed(b"##9999" + SEGMENT + b"1C80\r\n")

    assert [(f.segment, f.problems) for f in found] == [(SEGMENT, ("length.wrong",))]


def test_frame_cut_by_a_new_one_is_reported_and_the_new_one_taken() -> None:
    cut, whole = split(FRAME[:60] + FRAME)

    assert (cut.problems, cut.crc_ok, cut.length_ok) == (("frame.cut",), False, False)
    assert whole.wire == FRAME


def test_connection_lost_in_a_frame_leaves_a_cut_frame() -> None:
    (cut,) = split(FRAME[:40])

    assert (cut.wire, cut.problems) == (FRAME[:40], ("frame.cut",))


def test_one_wrong_digit_breaks_the_sum() -> None:
    (frame,) = split(FRAME.replace(b"RtdInterval=30", b"RtdInterval=31"))

    assert (frame.crc_ok, frame.problems) == (False, ("crc.wrong",))


def test_modbus_sum_is_named_as_such() -> None:
    (frame,) = split(b"##%04d%b%04X\r\n" % (len(SEGMENT), SEGMENT, modbus16(SEGMENT)))

    assert (frame.crc_ok, frame.problems) == (False, ("crc.modbus",))


def test_no_check_sum_is_named_as_such() -> None:
    (frame,) = split(b"##0101" + SEGMENT + b"&&&&\r\n")

    assert (frame.crc_ok, frame.problems) == (False, ("crc.missing",))


def test_ciphered_bytes_that_look_like_heads_and_tails_do_not_split_a_frame() -> None:
    # No key gives this text; what counts is that the length alone ends a ciphered frame.
    body = b"\x8f\x01##0101\r\n&&##0012\xff\xfe1C80\r\n" + bytes(range(200, 250))
    segment = official.HEAD + body + b"&&"
    stream = b"##%04d%b2200\r\n" % (len(segment), segment)
    splitter = FrameSplitter()

    slowly = [frame for i in range(0, len(stream), 7) for frame in splitter.feed(stream[i : i + 7])]
    (frame,) = slowly + splitter.feed(b"") + splitter.close()

    assert (frame.segment, frame.crc, frame.crc_ok, frame.problems) == (segment, "2200", None, ())


def test_official_ciphered_frames_follow_each_other() -> None:
    whole = official.HEAD + official.CIPHER_WHOLE + b"&&"
    tail = official.HEAD + official.CIPHER_TAIL + b"g=N&&"

    found = split(b"##0295" + whole + b"2200\r\n" + b"##0234" + tail + b"B541\r\n")

    assert [(f.segment, f.crc_ok) for f in found] == [(whole, None), (tail, None)]


@given(
    st.lists(st.sampled_from([FRAME, b"\r\n", b"junk", FRAME[:-2], b"##", b"##12", wrap(DATA % b"3")]), max_size=12),
    st.integers(1, 64),
)
def test_every_byte_comes_out_once_and_in_order(parts: list[bytes], step: int) -> None:
    stream = b"".join(parts)
    splitter = FrameSplitter()

    found = [f for i in range(0, len(stream), step) for f in splitter.feed(stream[i : i + step])] + splitter.close()

    # Blank lines between frames are dropped; nothing else is.
    assert b"".join(f.wire for f in found).replace(b"\r", b"").replace(b"\n", b"") == stream.replace(
        b"\r", b""
    ).replace(b"\n", b"")


def test_a_stream_without_any_frame_is_bounded() -> None:
    splitter, dice = FrameSplitter(), random.Random(212)

    for _ in range(200):
        splitter.feed(dice.randbytes(1_000).replace(b"#", b"x"))
        assert len(splitter._buffer) <= 5_096


def test_an_endless_frame_is_bounded() -> None:
    splitter = FrameSplitter()

    for _ in range(100):
        splitter.feed(b"##9999" + b"a" * 994)

    assert len(splitter._buffer) <= 12_000
