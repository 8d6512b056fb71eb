"""Check characters and shapes of statutory identifiers."""

import re

from parks.catalogue.domain.errors import Invalid

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
USCC_SHAPE = r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"
OUTLET_SHAPE = r"^(DA|DW|YS)[0-9]{3,4}$"
INDUSTRY_SHAPE = r"^[A-T]?[0-9]{2,4}$"


class WrongCreditCode(Invalid):
    """The unified social credit code is not valid."""

    code = "enterprise.credit_code"


def credit_code_check(body: str) -> str:
    """Check character of the 17 leading characters of a unified social credit code.

    Raises:
        WrongCreditCode: a character outside the alphabet (I, O, S, V and Z are not used), or a wrong length.

    Source: GB 32100-2015: weights 3^(i-1) mod 31, check value 31 - sum mod 31.
    """
    if len(body) != len(USCC_WEIGHTS) or any(c not in USCC_ALPHABET for c in body):
        raise WrongCreditCode(
            f"{body!r} holds a character that credit codes do not use, or has not 17 characters.", uscc=body
        )
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def check_credit_code(code: str) -> str:
    """The code in upper case, or an error that says what is wrong with it."""
    text = code.strip().upper()
    if not re.match(USCC_SHAPE, text):
        raise WrongCreditCode(
            f"{code!r} does not have the shape of a unified social credit code (18 characters).", uscc=code
        )
    expected = credit_code_check(text[:17])
    if text[17] != expected:
        raise WrongCreditCode(f"The check character of {code!r} is {text[17]!r}, it must be {expected!r}.", uscc=code)
    return text
