"""A stand-alone case from text to answer. What can be computed is computed; the rest is listed with its path."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from accounting.carbon.domain.case import parks, statutory
from accounting.carbon.domain.case.reading import Problem, parsed, schema_problems
from accounting.carbon.domain.methods import method_of
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import PlatformError

DEFAULT_METHOD = "CN-CHEM-2013"


def account(*, text: str, schema: Mapping[str, Any], library: Library, exact: bool | None = None) -> dict[str, Any]:
    """Compute a case.

    Args:
        text: the case as JSON.
        schema: accounting/reference/case.schema.json.
        library: factors.
        exact: overrides the case's own wish for fractions.

    Returns:
        The answer as plain data: `complete`, `errors`, `statutory`, `park`, and the digest of the input. The statutory
        part holds decimals as text. The same case gives the same bytes.
    """
    try:
        case = parsed(text=text)
        refused = schema_problems(case=case, schema=schema)
        if refused:
            return answer_of(problems=list(refused))
        method = method_of(method_id=case.get("method", DEFAULT_METHOD), gwp_set=case.get("gwp_set"))
    except PlatformError as error:
        return answer_of(problems=[Problem("/", error)])
    if exact is not None:
        case["exact"] = exact
    found = statutory.reports(case=case, method=method, library=library)
    problems = list(found.problems)
    answer: dict[str, Any] = {
        "format": "tongjian-answer/1",
        "title": case.get("title", ""),
        "method": method.key,
        "method_status": method.status.value,
    }
    if "statutory" in case:
        answer["statutory"], later = statutory.rendered(
            found=found, method=method, library=library, monte_carlo=case.get("monte_carlo")
        )
        problems += later
    if "park" in case:
        solved = parks.months(case=case, library=library)
        answer["park"], later = parks.rendered(case=case, found=solved, reports=found, method=method, library=library)
        problems += [*solved.problems, *later]
    answer["input_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return answer | answer_of(problems=problems, open_questions=bool(found.bounds))


def answer_of(*, problems: list[Problem], open_questions: bool = False) -> dict[str, Any]:
    errors = [
        {"path": p.path, "code": p.error.code, "message": str(p.error), "details": p.error.details} for p in problems
    ]
    return {"complete": not errors and not open_questions, "errors": errors}


def printed(*, answer: Mapping[str, Any]) -> str:
    """The answer as JSON, keys in the order of the answer, no number that JSON does not know."""
    return json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False, default=str)
