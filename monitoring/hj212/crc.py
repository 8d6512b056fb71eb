"""The check sum of HJ 212.

Each byte is XORed with the HIGH byte of the register and the result becomes the register, which is then shifted
eight times with polynomial A001. This is not the Modbus CRC, which keeps the whole register; public code often mixes
the two up. Only the high byte survives from byte to byte, so there are 256 possible results: an undetected corruption
happens about once in 256, and range and time checks are needed behind it.

Source: HJ 212-2017 annex A, HJ 212-2025 annex A; vectors 1C80 and 2200.
"""

POLYNOMIAL = 0xA001
START = 0xFFFF


def _shift(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ POLYNOMIAL if register & 1 else register >> 1
    return register


TABLE = tuple(_shift(index) for index in range(256))
HIGH = bytes(value >> 8 for value in TABLE)


def _reach() -> tuple[bytes, ...]:
    """Row k maps a byte to its effect on the high byte k steps later; the eighth step is the identity again."""
    rows = [bytes(range(256))]
    for _ in range(7):
        rows.append(bytes(HIGH[value] for value in rows[-1]))
    return tuple(rows)


# The step is linear over GF(2) and of period 8, so bytes eight places apart have the same effect and can be XORed first.
REACH = _reach()
LANE = 64
_MASKS = tuple((1 << (LANE << k)) - 1 for k in range(12))  # up to 16 KiB, more than a frame can hold


def crc16(data: bytes) -> int:
    """Check sum of a data segment, 0 to 65535. The check sum of nothing is FFFF."""
    if not data:
        return START
    size = len(data) - 1
    lane = int.from_bytes(data[:size], "big")
    for k in reversed(range(max(0, (size * 8 - 1) // LANE).bit_length())):
        bits = LANE << k
        lane = (lane >> bits) ^ (lane & (_MASKS[k] if k < len(_MASKS) else (1 << bits) - 1))
    high = REACH[size & 7][START >> 8] ^ data[size]
    for step, byte in enumerate(lane.to_bytes(8, "little"), start=1):
        high ^= REACH[step & 7][byte]
    return TABLE[high]


def modbus16(data: bytes) -> int:
    """The Modbus CRC, only to recognise loggers that use it by mistake."""
    register = START
    for byte in data:
        register = (register >> 8) ^ TABLE[(register ^ byte) & 0xFF]
    return register
