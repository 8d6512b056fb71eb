"""Judging a frame at the door: is it whole, whose is it, may it come in. Used on arrival and again on replay."""

from monitoring.hj212.cipher import decrypt
from monitoring.hj212.codes import COMMANDS
from monitoring.hj212.frames import RawFrame, check
from monitoring.hj212.packets import Header
from monitoring.intake.domain import Arrival
from parks.register.selectors.loggers import KnownLogger


def judge(*, frame: RawFrame, header: Header, logger: KnownLogger | None) -> Arrival:
    """What becomes of a frame. No edition of the standard is a reason to refuse one."""
    if frame.is_noise:
        return Arrival.NOISE
    if not whole(frame=frame, logger=logger):
        return Arrival.BAD_LENGTH if "frame.cut" in frame.problems else Arrival.BAD_CRC
    if not header.mn:
        return Arrival.UNREADABLE
    if logger is None:
        return Arrival.UNKNOWN_MN
    if logger.password and header.pw != logger.password:
        return Arrival.WRONG_PASSWORD
    if not logger.is_active:
        return Arrival.INACTIVE_LOGGER
    command = COMMANDS.get(header.cn)
    return Arrival.ACCEPTED if command is not None and command.kind == "UPLOAD" else Arrival.CONTROL


def whole(*, frame: RawFrame, logger: KnownLogger | None) -> bool:
    """Whether the frame arrived as it was sent, by the check sum that this logger uses.

    A ciphered frame of an unknown logger cannot be tested; it counts as whole, so that the case names the MN.
    """
    if frame.crc_ok:
        return True
    if frame.crc_ok is None:
        return logger is None or (bool(logger.key) and deciphered(frame=frame, key=logger.key))
    variant = logger.crc_variant if logger else "STANDARD"
    if variant == "NONE":
        return "frame.cut" not in frame.problems
    return variant == "MODBUS" and "crc.modbus" in frame.problems


def deciphered(*, frame: RawFrame, key: bytes) -> bool:
    """Whether the check sum over the plain text says that the key is right."""
    return check(decrypt(frame.segment, key), frame.crc.encode("latin-1")) == ""
