"""Unified social credit codes by GB 32100-2015, with codes of well-known companies from their public filings."""

import pytest

from parks.register.domain.identifiers import WrongCreditCode, check_credit_code, credit_code_check

KNOWN = {
    "Huawei Technologies": "914403001922038216",
    "Tencent Computer Systems": "9144030071526726XG",
    "China Petroleum and Chemical Corporation": "91110000710926094P",
}


@pytest.mark.parametrize("code", KNOWN.values(), ids=KNOWN)
def test_codes_of_known_companies_are_valid(code: str) -> None:
    assert check_credit_code(code) == code


@pytest.mark.parametrize("code", KNOWN.values(), ids=KNOWN)
def test_every_wrong_digit_is_found(code: str) -> None:
    for place in range(8, 17):
        other = "1" if code[place] != "1" else "2"
        with pytest.raises(WrongCreditCode):
            check_credit_code(code[:place] + other + code[place + 1 :])


def test_lower_case_and_blanks_are_tidied() -> None:
    assert check_credit_code(" 9144030071526726xg ") == "9144030071526726XG"


@pytest.mark.parametrize(
    "code", ["", "91440300192203821", "9144030019220382160", "91440300I922038216", "O1440300192203821A"]
)
def test_wrong_shapes_are_refused(code: str) -> None:
    with pytest.raises(WrongCreditCode):
        check_credit_code(code)


def test_letters_that_codes_do_not_use_have_no_check_character() -> None:
    with pytest.raises(WrongCreditCode):
        credit_code_check("9144030019220382I")
