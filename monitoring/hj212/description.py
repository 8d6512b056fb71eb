"""One frame as plain data, for people: the packet tester and the frame page."""

from typing import Any

from monitoring.hj212.cipher import decrypt
from monitoring.hj212.codes import COMMANDS, REQUESTS, SYSTEMS
from monitoring.hj212.crc import crc16
from monitoring.hj212.frames import FrameSplitter, RawFrame, check
from monitoring.hj212.mapping import items, readings_of
from monitoring.hj212.packets import Packet, parse
from monitoring.hj212.profiles import Dialect


def described_bytes(raw: bytes, dialect: Dialect) -> list[dict[str, Any]]:
    """Everything that stands in some raw bytes: frames and noise."""
    splitter = FrameSplitter()
    return [described(frame, dialect) for frame in splitter.feed(raw) + splitter.close()]


def described(frame: RawFrame, dialect: Dialect) -> dict[str, Any]:
    """One frame as plain data."""
    if frame.is_noise:
        return {
            "kind": "noise",
            "bytes": len(frame.wire),
            "hex": frame.wire[:200].hex(),
            "problems": [{"code": "noise"}],
        }
    segment, crc_ok, problems = frame.segment, frame.crc_ok, list(frame.problems)
    ciphered = crc_ok is None
    if ciphered and dialect.key:
        segment = decrypt(segment, dialect.key)
        crc_ok = check(segment, frame.crc.encode("latin-1")) == ""
        if not crc_ok:
            problems.append("crc.wrong")
    elif ciphered:
        problems.append("cipher.no_key")
    packet = parse(segment)
    mapped = readings_of(packet, dialect=dialect) if crc_ok is not None else None
    if mapped is not None:
        problems += mapped.problems
    problems += packet.problems
    header = packet.header
    if header.st and header.st not in SYSTEMS:
        problems.append("st.unknown")
    return {
        "kind": "frame",
        "dialect": int(header.version),
        "crc": frame.crc,
        "crc_ok": bool(crc_ok),
        "crc_expected": f"{crc16(segment):04X}",
        "length_ok": frame.length_ok,
        "length": len(frame.segment),
        "ciphered": ciphered,
        "qn": header.qn, "st": header.st, "cn": header.cn, "pw": header.pw, "mn": header.mn, "flag": header.flag,
        "pnum": header.pnum, "pno": header.pno, "rf": header.rf,
        "answer_wanted": header.wants_answer,
        "command": COMMANDS[header.cn].kind if header.cn in COMMANDS else "REQUEST" if header.cn in REQUESTS else "UNKNOWN",
        "time": mapped.time.isoformat() if mapped and mapped.time else None,
        "fields": fields(packet) if crc_ok is not None else {},
        "observations": observations(packet) if crc_ok is not None else [],
        "problems": [problem(text) for text in dict.fromkeys(problems)],
    }  # fmt: skip


def observations(packet: Packet) -> list[dict[str, Any]]:
    """Every FACTOR-STATISTIC item of CP, as value or as text, with the factor's flag."""
    pairs = [(name.strip(), value.strip()) for name, value in zip(*items(packet.body), strict=False)]
    flags = {name.rpartition("-")[0]: value for name, value in pairs if name.lower().endswith("-flag")}
    found: list[dict[str, Any]] = []
    for name, value in pairs:
        factor, dash, statistic = name.rpartition("-")
        if not dash or statistic.lower() == "flag":
            continue
        row: dict[str, Any] = {"factor": factor, "statistic": statistic, **number_or_text(value)}
        if factor in flags:
            row["flag"] = flags[factor]
        found.append(row)
    return found


def fields(packet: Packet) -> dict[str, str]:
    """Items of CP that belong to no factor: DataTime, parameters, return codes. The last of duplicates."""
    pairs = zip(*items(packet.body), strict=False)
    return {name.strip(): value.strip() for name, value in pairs if name.strip() and "-" not in name}


def number_or_text(value: str) -> dict[str, Any]:
    try:
        found = float(value)
    except ValueError:
        return {"text": value}
    # Long digit strings are times and numbers of things, not measured values.
    if found - found != 0.0 or "_" in value or (value.isdigit() and len(value) >= 12):
        return {"text": value}
    return {"value": found}


def problem(text: str) -> dict[str, str]:
    code, _, subject = text.partition(":")
    return {"code": code, "subject": subject} if subject else {"code": code}
