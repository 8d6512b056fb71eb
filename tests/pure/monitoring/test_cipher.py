"""SM4 as HJ 212-2025 uses it: ECB without padding, the tail plain."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from hypothesis import given
from hypothesis import strategies as st

from monitoring.hj212.cipher import decrypt, encrypt
from monitoring.hj212.crc import crc16
from tests.data import official

HEAD = official.HEAD


def test_the_library_gives_the_vector_of_the_cipher_standard() -> None:
    # GB/T 32907-2016 annex A.1
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    context = Cipher(SM4(key), modes.ECB()).encryptor()

    assert context.update(key).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


@pytest.mark.parametrize(
    ("plain", "ciphered"),
    [
        (official.PLAIN_WHOLE, official.CIPHER_WHOLE),
        (official.PLAIN_TAIL, official.CIPHER_TAIL + official.PLAIN_TAIL[-3:]),
    ],
)
def test_official_examples_both_ways(plain: bytes, ciphered: bytes) -> None:
    segment, wire = HEAD + plain + b"&&", HEAD + ciphered + b"&&"

    assert encrypt(segment, official.SM4_KEY) == wire
    assert decrypt(wire, official.SM4_KEY) == segment
    assert len(wire) == len(segment)


@pytest.mark.parametrize("tail", [b"", b"g=N"])
def test_form_as_the_standard_prints_it_is_understood(tail: bytes) -> None:
    plain = official.PLAIN_TAIL if tail else official.PLAIN_WHOLE
    ciphered = official.CIPHER_TAIL if tail else official.CIPHER_WHOLE
    printed = b"{" + b",".join(b"0x%02X" % byte for byte in ciphered) + b"}" + tail

    segment = decrypt(HEAD + printed + b"&&", official.SM4_KEY)

    assert segment == HEAD + plain + b"&&"
    assert b"%04X" % crc16(segment) == (official.CRC_TAIL if tail else official.CRC_WHOLE)


@given(st.binary(max_size=100), st.binary(min_size=16, max_size=16))
def test_what_was_ciphered_comes_back(body: bytes, key: bytes) -> None:
    if body.startswith(b"{0x"):
        return
    segment = HEAD + body + b"&&"

    assert decrypt(encrypt(segment, key), key) == segment
