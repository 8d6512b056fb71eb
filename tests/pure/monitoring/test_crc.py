"""The check sum, against the vectors of both standards and a bit-by-bit reading of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.hj212.crc import crc16, modbus16
from tests.data import official


def as_the_standard_reads(data: bytes) -> int:
    """HJ 212-2017 annex A, step by step: the byte is XORed with the high byte, the result is the register, eight shifts."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return register


@pytest.mark.parametrize(
    ("segment", "crc"),
    [
        (official.SEGMENT_2017, 0x1C80),
        (official.SEGMENT_2025, 0x2200),
        (official.HEAD + official.PLAIN_WHOLE + b"&&", 0x2200),
        (official.HEAD + official.PLAIN_TAIL + b"&&", 0xB541),
    ],
)
def test_official_vectors(segment: bytes, crc: int) -> None:
    assert crc16(segment) == crc


@given(st.binary(max_size=1200))
def test_fast_sum_is_the_sum_of_the_standard(data: bytes) -> None:
    assert crc16(data) == as_the_standard_reads(data)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 9, 10, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1023, 1024, 9999])
def test_every_length_around_the_lanes(size: int) -> None:
    data = bytes((i * 37 + 11) & 0xFF for i in range(size))

    assert crc16(data) == as_the_standard_reads(data)


def test_modbus_sum_of_its_own_check_string() -> None:
    assert modbus16(b"123456789") == 0x4B37  # check value of CRC-16/MODBUS in the catalogue of parametrised CRCs


def test_modbus_sum_is_another_sum() -> None:
    assert modbus16(official.SEGMENT_2017) != 0x1C80


def test_only_256_sums_exist() -> None:
    assert len({crc16(i.to_bytes(3, "big")) for i in range(20_000)}) == 256
