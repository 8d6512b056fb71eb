"""Headers with all the habits that loggers have (HJ 212-2017 section 6.3 and annex C; the field)."""

import pytest

from monitoring.hj212.codes import Version
from monitoring.hj212.packets import parse, peek

BODY = "CP=&&DataTime=20260318103000;a21026-Rtd=12.3,a21026-Flag=N&&"


def test_fields_of_a_standard_header() -> None:
    packet = parse(f"QN=20260318103001234;ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;{BODY}".encode())

    header = packet.header
    assert (header.qn, header.st, header.cn, header.pw) == ("20260318103001234", "31", "2011", "123456")
    assert (header.mn, header.flag, header.version) == ("010000A8900016F000169DC0", 5, Version.V2017)
    assert header.wants_answer
    assert not header.is_part
    assert packet.body == "DataTime=20260318103000;a21026-Rtd=12.3,a21026-Flag=N"
    assert packet.problems == ()


@pytest.mark.parametrize(
    ("flag", "version", "wants", "part"),
    [
        ("", Version.V2005, False, False), ("Flag=0;", Version.V2005, False, False), ("Flag=1;", Version.V2005, True, False),
        ("Flag=3;PNUM=2;PNO=1;", Version.V2005, True, True), ("Flag=4;", Version.V2017, False, False),
        ("Flag=5;", Version.V2017, True, False), ("Flag=7;PNUM=0002;PNO=0001;", Version.V2017, True, True),
        ("Flag=8;", Version.V2025, False, False), ("Flag=9;", Version.V2025, True, False),
        ("Flag=11;PNUM=2;PNO=2;", Version.V2025, True, True),
    ],
)  # fmt: skip
def test_edition_is_told_by_the_version_bits_of_flag(flag: str, version: Version, wants: bool, part: bool) -> None:
    header = peek(f"ST=31;CN=2011;PW=123456;MN=X;{flag}{BODY}".encode())

    assert (header.version, header.wants_answer, header.is_part) == (version, wants, part)


@pytest.mark.parametrize("numbers", ["PNUM=3;PNO=2", "PNO=2;PNUM=3", "PNO=0002;PNUM=0003"])
def test_packet_numbers_stand_in_either_order(numbers: str) -> None:
    packet = parse(f"QN=20260318103001234;ST=31;CN=2011;PW=123456;MN=X;Flag=7;{numbers};{BODY}".encode())

    assert (packet.header.pnum, packet.header.pno, packet.problems) == (3, 2, ())


@pytest.mark.parametrize("numbers", ["", "PNUM=2;PNO=3;", "PNUM=2;", "PNUM=x;PNO=1;"])
def test_packet_numbers_that_cannot_be_are_reported(numbers: str) -> None:
    assert "packet.numbers" in parse(f"ST=31;CN=2011;PW=1;MN=X;Flag=7;{numbers}{BODY}".encode()).problems


@pytest.mark.parametrize("qn", ["20260318103001", "20260318103001234", "202603181030012345"])
def test_request_numbers_of_14_17_and_18_digits_are_usual(qn: str) -> None:
    packet = parse(f"QN={qn};ST=31;CN=2011;PW=123456;MN=X;Flag=5;{BODY}".encode())

    assert (packet.header.qn, packet.problems) == (qn, ())


@pytest.mark.parametrize("mn", ["", "A1", "0873HHMZWSLH02", "site_7", "010000A8900016F000169DC0"])
def test_station_numbers_of_any_length_are_read(mn: str) -> None:
    packet = parse(f"QN=20260318103001234;ST=31;CN=2011;PW=123456;MN={mn};Flag=5;{BODY}".encode())

    assert packet.header.mn == mn
    assert packet.problems == (() if mn else ("mn.missing",))


def test_commas_and_blanks_in_the_header_are_read_and_reported() -> None:
    packet = parse(f"QN=20260318103001234, ST=31;CN=2011; PW=123456 ;MN=X;flag=5,{BODY}".encode())

    assert (packet.header.st, packet.header.pw, packet.header.flag) == ("31", "123456", 5)
    assert packet.problems == ("header.comma",)


def test_missing_separator_behind_flag_is_read() -> None:
    # HJ 212-2017 prints `Flag=5CP=&&`
    packet = parse(f"QN=20260318103001234;ST=31;CN=2011;PW=123456;MN=X;Flag=5{BODY}".encode())

    assert packet.header.flag == 5
    assert packet.body.startswith("DataTime")


def test_last_of_two_equal_fields_counts_and_is_reported() -> None:
    packet = parse(f"ST=31;ST=32;CN=2011;PW=1;MN=X;Flag=4;{BODY}".encode())

    assert (packet.header.st, packet.problems) == ("32", ("header.duplicate",))


def test_2005_answer_reference_stands_inside_cp() -> None:
    packet = parse(b"ST=91;CN=9014;CP=&&QN=20160801085857223;QnRtn=1&&")

    assert (packet.header.qn, packet.header.version) == ("20160801085857223", Version.V2005)


def test_backfill_mark_of_2025_is_read() -> None:
    assert peek(f"QN=20260318103001234;ST=31;CN=2061;PW=1;MN=X;Flag=9;RF=1;{BODY}".encode()).rf == "1"


@pytest.mark.parametrize(
    "segment", [b"", b"&&", b"CP=", b"CP=&&", b"CP=&&&", b"ST=31;CN=2011", b"\xff\xfe", b"CP=CP=&&&&"]
)
def test_what_is_no_packet_is_named_and_does_no_harm(segment: bytes) -> None:
    assert parse(segment).problems


def test_chinese_text_of_old_loggers_is_read() -> None:
    packet = parse(
        "ST=31;CN=3020;PW=1;MN=X;Flag=4;CP=&&DataTime=20260318103000;i11001-Info=仪表校准完成&&".encode("gb18030")
    )

    assert packet.body.endswith("i11001-Info=仪表校准完成")
