"""Hostile bytes against splitter, parser and mapping: no crash, no hang, no growth."""

import random
import time
import tracemalloc
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.hj212.cipher import decrypt
from monitoring.hj212.codes import Version
from monitoring.hj212.encode import data_segment, wrap
from monitoring.hj212.frames import FrameSplitter
from monitoring.hj212.mapping import readings_of
from monitoring.hj212.packets import parse
from monitoring.hj212.replies import answer_to
from tests.data import official

INPUTS = 100_000
LONGEST_S = 0.1  # of the processor: what other programs take is not ours
ROUNDS = 4
TOKENS = [
    b"##",
    b"\r\n",
    b"&&",
    b"CP=&&",
    b";",
    b",",
    b"=",
    b"-",
    b"9999",
    b"0000",
    b"\x00",
    b"\xff",
    b"Flag=9;",
    b"DataTime=",
    b"{0x",
    b"nan",
]


def seeds() -> list[bytes]:
    moment = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
    factors = {f"a21{i:03d}": {"Min": 1.0, "Avg": 2.5, "Max": 3.0, "Flag": "N"} for i in range(6)}
    frames = [
        wrap(data_segment(cn=cn, mn="010000A8900016F000169DC0", time=moment, factors=factors, qn=moment, version=version))
        for cn in ("2011", "2051", "2061", "2031") for version in Version
    ]  # fmt: skip
    frames.append(b"##0295" + official.HEAD + official.CIPHER_WHOLE + b"&&2200\r\n")
    frames.append(b"##0101" + official.SEGMENT_2017 + b"1C80\r\n")
    return frames


def mutated(frame: bytes, dice: random.Random) -> bytes:
    data = bytearray(frame)
    for _ in range(dice.randint(1, 4)):
        at, kind = dice.randrange(len(data) + 1), dice.randrange(5)
        if kind == 0:
            data[at:at] = dice.choice(TOKENS)
        elif kind == 1:
            del data[at : at + dice.randint(1, 40)]
        elif kind == 2 and at < len(data):
            data[at] = dice.randrange(256)
        elif kind == 3:
            data[at:at] = data[: dice.randint(0, 60)]
        else:
            data[at:at] = dice.randbytes(dice.randint(0, 12))
    return bytes(data)


def take(splitter: FrameSplitter, data: bytes) -> int:
    """What gateway and worker do with bytes; returns how many readings came out."""
    count = 0
    for frame in splitter.feed(data):
        packet = parse(decrypt(frame.segment, official.SM4_KEY))
        answer_to(packet.header)
        count += len(readings_of(packet).readings)
    return count


def timed(inputs: list[bytes]) -> tuple[float, int]:
    """Processor time of the last of some inputs of one connection, and the readings it gave."""
    splitter = FrameSplitter()
    for data in inputs[:-1]:
        take(splitter, data)
    start = time.thread_time()
    count = take(splitter, inputs[-1])
    return time.thread_time() - start, count


def run(dice: random.Random, inputs: int) -> tuple[float, int]:
    """Slowest input and readings of many; each connection lives for a few inputs, as after a cut.

    An input that seems slow is tried again on a connection of the same history: a pause of the garbage collector
    does not come back, a slow pattern does.
    """
    frames, slowest, readings = seeds(), 0.0, 0
    splitter, history = FrameSplitter(), list[bytes]()
    for number in range(inputs):
        if number % 50 == 0:
            splitter, history = FrameSplitter(), []
        history.append(mutated(dice.choice(frames), dice))
        start = time.thread_time()
        readings += take(splitter, history[-1])
        took = time.thread_time() - start
        if took > LONGEST_S:
            took = min(took, timed(history)[0], timed(history)[0])
        slowest = max(slowest, took)
    return slowest, readings


def test_a_hundred_thousand_broken_frames_do_no_harm() -> None:
    dice = random.Random(20260318)
    run(dice, 2_000)  # caches fill to their bounds

    results = [run(dice, INPUTS // ROUNDS) for _ in range(ROUNDS)]

    assert max(slowest for slowest, _ in results) < LONGEST_S
    # Most mutations leave something readable: a parser that gave up on everything would pass unnoticed.
    assert min(readings for _, readings in results) > INPUTS // ROUNDS


def test_memory_stays_flat_under_broken_frames() -> None:
    dice = random.Random(7)
    run(dice, 2_000)
    tracemalloc.start()
    try:
        run(dice, 1_000)
        before = tracemalloc.get_traced_memory()[0]
        run(dice, 2_500)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    # The caches of shapes and times are bounded by number; below that bound they may still fill a little.
    assert grown < 12 * 1024**2


@given(st.binary(max_size=2_000))
@settings(max_examples=1_500)
def test_any_bytes_are_taken(data: bytes) -> None:
    splitter = FrameSplitter()

    take(splitter, data)

    assert sum(len(f.wire) for f in splitter.close()) <= len(data)


@given(st.text(alphabet="=;,-&#ADataTime0123456789.aw Flag\r\n", max_size=300))
@settings(max_examples=1_500)
def test_any_text_in_a_good_frame_is_taken(body: str) -> None:
    segment = f"ST=31;CN=2051;PW=1;MN=X;Flag=5;CP=&&{body}&&".encode()

    packet = parse(segment)
    found = readings_of(packet)

    assert all(reading.factor for reading in found.readings) or "-" in body
