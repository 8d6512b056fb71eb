"""`manage.py hj212`: what an engineer sees of frames from a file, and frames for trying out."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from tests.data import official

WHOLE = official.HEAD + official.CIPHER_WHOLE + b"&&"


def decoded(tmp_path: Path, data: bytes, *options: str) -> list[dict[str, Any]]:
    file, out = tmp_path / "frames", StringIO()
    file.write_bytes(data)
    call_command("hj212", "decode", str(file), *options, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_official_frames_between_noise_are_decoded(tmp_path: Path) -> None:
    stream = (
        b"AT+CSQ\r\n##0101"
        + official.SEGMENT_2017
        + b"1C80\r\n\x00\x01##0087"
        + official.SEGMENT_2025
        + b"2200\r\n##0295"
        + WHOLE
        + b"2200\r\n"
    )

    found = decoded(tmp_path, stream, "--key", official.SM4_KEY.hex())

    frames = [one for one in found if one.get("crc_ok") is not None and one.get("dialect")]
    assert [(f["dialect"], f["crc_ok"], f["length_ok"]) for f in frames] == [
        (2017, True, True),
        (2025, True, True),
        (2025, True, True),
    ]
    values = {(o["factor"], o["statistic"]): o["value"] for o in frames[2]["observations"] if "value" in o}
    assert values["a01014", "Max"] == 3.212
    assert [one["kind"] for one in found].count("noise") == 2


def test_encoded_frame_is_decoded_again(tmp_path: Path, capfdbinary: Any) -> None:
    call_command("hj212", "encode", "--time", "2026-03-18T10:30:00", "a21026-Rtd=12.3,a21026-Flag=N")
    frame = capfdbinary.readouterr().out

    (found,) = decoded(tmp_path, frame)

    assert (found["crc_ok"], found["length_ok"], found["problems"]) == (True, True, [])


def test_official_segment_gets_its_official_sum(capfdbinary: Any) -> None:
    call_command("hj212", "encode", "--segment", official.SEGMENT_2017.decode())

    assert capfdbinary.readouterr().out.rstrip() == b"##0101" + official.SEGMENT_2017 + b"1C80"
