"""`manage.py hj212`: a packet tester for engineers. Needs no database."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from monitoring.hj212.codes import Version
from monitoring.hj212.description import described
from monitoring.hj212.encode import data_segment, wrap
from monitoring.hj212.frames import FrameSplitter, RawFrame
from monitoring.hj212.profiles import Dialect

PORTION = 65_536


class Command(BaseCommand):
    help = "Decode or build HJ 212 frames: `hj212 decode FILE...` (or - for standard input), `hj212 encode ...`."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        decode = actions.add_parser("decode", help="print one JSON object a frame")
        decode.add_argument("files", nargs="*", default=["-"], help="files of raw bytes, - for standard input")
        decode.add_argument("--key", default="", help="SM4 key of 2025 frames, 32 hexadecimal digits")
        decode.add_argument("--label-end", action="store_true", help="DataTime marks the end of a period")
        encode = actions.add_parser("encode", help="write a frame to standard output")
        encode.add_argument("--segment", help="a complete data segment; all other fields are ignored")
        encode.add_argument("--cn", default="2011")
        encode.add_argument("--mn", default="010000A8900016F000169DC0")
        encode.add_argument("--st", default="31")
        encode.add_argument("--password", default="123456")
        encode.add_argument("--edition", type=int, choices=[2005, 2017, 2025], default=2017)
        encode.add_argument("--time", help="local time of the park, for example 2026-01-31T08:00:00", default="")
        encode.add_argument("--no-answer", action="store_true")
        encode.add_argument("--key", default="", help="SM4 key, 32 hexadecimal digits")
        encode.add_argument("factors", nargs="*", help="for example a21026-Rtd=12.3,a21026-Flag=N")

    def handle(self, *args: Any, **options: Any) -> None:
        key = key_of(options["key"])
        if options["action"] == "encode":
            self.encode(options, key)
            return
        dialect = Dialect(label_end=options["label_end"], key=key)
        for name in options["files"] or ["-"]:
            self.decode(name, dialect)

    def decode(self, name: str, dialect: Dialect) -> None:
        splitter, offset = FrameSplitter(), 0
        try:
            stream = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from error
        with stream:
            while data := stream.read(PORTION):
                for frame in splitter.feed(data):
                    self.show(frame, dialect)
                    offset += len(frame.wire)
        for frame in splitter.close():
            self.show(frame, dialect)

    def show(self, frame: RawFrame, dialect: Dialect) -> None:
        self.stdout.write(json.dumps(described(frame, dialect), ensure_ascii=False))

    def encode(self, options: dict[str, Any], key: bytes) -> None:
        if options["segment"]:
            segment = options["segment"].encode()
        else:
            zone = ZoneInfo("Asia/Shanghai")
            try:
                moment = (
                    datetime.fromisoformat(options["time"]).replace(tzinfo=zone)
                    if options["time"]
                    else datetime.now(zone)
                )
            except ValueError as error:
                raise CommandError(f"--time {options['time']!r} is not a time like 2026-01-31T08:00:00") from error
            segment = data_segment(
                cn=options["cn"], mn=options["mn"], st=options["st"], password=options["password"], time=moment,
                qn=moment, version=Version(options["edition"]), answer=not options["no_answer"],
                factors=factors_of(options["factors"]),
            )  # fmt: skip
        sys.stdout.buffer.write(wrap(segment, key=key))


def key_of(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise CommandError("--key takes hexadecimal digits") from error
    if len(key) not in (0, 16):
        raise CommandError("--key takes 32 hexadecimal digits (16 bytes)")
    return key


def factors_of(words: list[str]) -> dict[str, dict[str, str]]:
    factors: dict[str, dict[str, str]] = {}
    for item in ",".join(words).replace(";", ",").split(","):
        if not item:
            continue
        name, equals, value = item.partition("=")
        factor, dash, statistic = name.rpartition("-")
        if not equals or not dash:
            raise CommandError(f"{item!r} is not FACTOR-STATISTIC=VALUE, for example a21026-Rtd=12.3")
        factors.setdefault(factor, {})[statistic] = value
    return factors
