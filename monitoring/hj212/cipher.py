"""SM4 of HJ 212-2025: ECB without padding between `CP=&&` and the closing `&&`; a tail shorter than a block stays plain.

The check sum and the length belong to the plain segment, whose length the cipher keeps. Source: HJ 212-2025, as
reported with two vectors by public implementations; status secondary.
"""

import re

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

BLOCK = 16
OPEN, CLOSE = b"CP=&&", b"&&"
# As the standard prints it, `{0xE4,0x3E,...}` and the plain tail behind; one product sends exactly that.
PRINTED = re.compile(rb"^\{(0x[0-9A-Fa-f]{2}(?:,0x[0-9A-Fa-f]{2})*|0x(?:[0-9A-Fa-f]{2})+)\}(.*)$", re.DOTALL)


def encrypt(segment: bytes, key: bytes) -> bytes:
    """The segment with its CP content ciphered."""
    return _replaced(segment, key, decrypting=False)


def decrypt(segment: bytes, key: bytes) -> bytes:
    """The plain segment. The printed form `{0x..}` that one product sends is understood as well."""
    return _replaced(segment, key, decrypting=True)


def _replaced(segment: bytes, key: bytes, *, decrypting: bool) -> bytes:
    at = segment.find(OPEN)
    if at < 0 or not segment.endswith(CLOSE):
        return segment
    head, body = segment[: at + len(OPEN)], segment[at + len(OPEN) : -len(CLOSE)]
    printed = PRINTED.match(body) if decrypting else None
    if printed:
        body = bytes.fromhex(printed.group(1).decode().replace("0x", "").replace(",", "")) + printed.group(2)
    whole = len(body) // BLOCK * BLOCK
    cipher = Cipher(SM4(key), modes.ECB())
    context = cipher.decryptor() if decrypting else cipher.encryptor()
    return head + context.update(body[:whole]) + context.finalize() + body[whole:] + CLOSE
