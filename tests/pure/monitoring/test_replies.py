"""Answers in the form of each edition (ingest reference 1.7; HJ 212-2017 annex C)."""

import pytest

from monitoring.hj212.crc import crc16
from monitoring.hj212.packets import peek
from monitoring.hj212.replies import answer_to, request_answer, result_answer

BODY = b"CP=&&DataTime=20260318103000;a21026-Rtd=12.3&&"
MN = b"010000A8900016F000169DC0"
QN = b"QN=20260318103001234;"


def whole(segment: bytes) -> bytes:
    return b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment))


@pytest.mark.parametrize(("asked", "told"), [(b"5", b"4"), (b"9", b"8"), (b"7", b"4"), (b"11", b"8")])
def test_later_editions_carry_the_request_number_in_the_header(asked: bytes, told: bytes) -> None:
    header = peek(QN + b"ST=31;CN=2011;PW=123456;MN=" + MN + b";Flag=" + asked + b";" + BODY)

    assert answer_to(header) == whole(QN + b"ST=91;CN=9014;PW=123456;MN=" + MN + b";Flag=" + told + b";CP=&&&&")


def test_2005_carries_the_request_number_inside_cp() -> None:
    header = peek(QN + b"ST=31;CN=2011;PW=123456;MN=0873HHMZWSLH02;Flag=1;" + BODY)

    assert answer_to(header) == whole(b"ST=91;CN=9014;CP=&&QN=20260318103001234&&")


def test_2005_without_request_number_is_answered_empty() -> None:
    assert answer_to(peek(b"ST=31;CN=2011;PW=123456;MN=X;Flag=1;" + BODY)) == whole(b"ST=91;CN=9014;CP=&&&&")


@pytest.mark.parametrize("flag", [b"", b"Flag=0;", b"Flag=4;", b"Flag=8;"])
def test_upload_that_wants_no_answer_gets_none(flag: bytes) -> None:
    assert answer_to(peek(QN + b"ST=31;CN=2011;PW=123456;MN=X;" + flag + BODY)) == b""


@pytest.mark.parametrize(("cn", "answer"), [(b"9015", b"CN=9013"), (b"1013", b"CN=9013"), (b"9021", b"CN=9022")])
def test_heartbeats_notices_and_log_ins_have_answers_of_their_own(cn: bytes, answer: bytes) -> None:
    assert answer in answer_to(peek(QN + b"ST=91;CN=" + cn + b";PW=123456;MN=X;Flag=9;CP=&&&&"))


@pytest.mark.parametrize("cn", [b"9011", b"9014", b"3011", b"7777", b""])
def test_answers_requests_and_unknown_commands_are_not_answered(cn: bytes) -> None:
    assert answer_to(peek(QN + b"ST=91;CN=" + cn + b";PW=123456;MN=X;Flag=5;CP=&&&&")) == b""


def test_request_and_result_answers_carry_their_codes() -> None:
    header = peek(QN + b"ST=31;CN=3012;PW=123456;MN=X;Flag=5;CP=&&&&")

    assert b"CN=9011;PW=123456;MN=X;Flag=4;CP=&&QnRtn=1&&" in request_answer(header, code=1)
    assert b"CN=9012;PW=123456;MN=X;Flag=4;CP=&&ExeRtn=100&&" in result_answer(header, code=100)
