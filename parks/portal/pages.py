"""Kit of the pages: who looks, at which park, and lists page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, QueryDict

from parks.catalogue.domain.errors import PlatformError
from parks.portal.errors import told

Row = TypeVar("Row")
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """One page of a list, and the addresses of its neighbours."""

    rows: Sequence[Row]
    total: int
    number: int
    pages: int
    previous: str
    next: str


def listed(*, request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], per_page: int = PER_PAGE) -> Listed[Any]:
    """The page of a list that the address asks for; a number out of range gives the nearest page."""
    paginator = Paginator(rows, per_page)
    page = paginator.get_page(request.GET.get("page"))
    return Listed(
        rows=list(page.object_list), total=paginator.count, number=page.number, pages=paginator.num_pages,
        previous=turned(request, page.number - 1) if page.has_previous() else "",
        next=turned(request, page.number + 1) if page.has_next() else "",
    )  # fmt: skip


def turned(request: HttpRequest, number: int) -> str:
    query: QueryDict = request.GET.copy()
    query["page"] = str(number)
    return "?" + query.urlencode()


def whole(text: str | None) -> int | None:
    """A whole number of the address, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def explain(*, form: Form, error: PlatformError) -> None:
    """Show a domain error at the fields it names, else above the form.

    Details that are lists are messages; all others are the values that were refused.
    """
    named = {name: why for name, why in error.details.items() if name in form.fields}
    for name, why in named.items():
        form.add_error(name, why if isinstance(why, list) else told(error))
    if not named:
        form.add_error(None, told(error))
