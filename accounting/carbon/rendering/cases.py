"""A stand-alone case from text to the text of its answer, the same for the command and the API."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from accounting.carbon.domain.case.account import account
from accounting.factors.selectors.reference import reference_library

SCHEMA = Path(__file__).resolve().parents[2] / "reference" / "case.schema.json"


@cache
def case_schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def answer_of_case(*, text: str, exact: bool | None = None) -> dict[str, Any]:
    """Compute a case with the delivered factors. No database is needed."""
    return account(text=text, schema=case_schema(), library=reference_library(), exact=exact)
