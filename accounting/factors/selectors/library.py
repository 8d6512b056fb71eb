"""Reading the factor library."""

from datetime import date

from django.db.models import Count, Q, QuerySet

from accounting.factors.models import Factor
from parks.catalogue.domain.errors import NotFound


def factors_in_library(*, word: str = "", family: str = "", status: str = "") -> QuerySet[Factor]:
    """Versions that are in force or proposed, by key, the newest version first."""
    rows = Factor.objects.select_related("approved_by", "proposed_by").order_by("family", "key", "-version")
    if word:
        rows = rows.filter(Q(key__icontains=word) | Q(source__icontains=word) | Q(note__icontains=word))
    if family:
        rows = rows.filter(family=family)
    return rows.filter(status=status) if status else rows


def factor_versions(*, key: str) -> QuerySet[Factor]:
    """All versions of one factor, the newest first."""
    return Factor.objects.filter(key=key).select_related("approved_by", "proposed_by").order_by("-version")


def counts_by_status() -> dict[str, int]:
    """How many factors are official, secondary, unverified."""
    return dict(Factor.objects.values_list("status").annotate(n=Count("pk")).order_by())


def in_force_on(*, key: str, on: date) -> Factor:
    """The version of a factor in force on a day. Raises NotFound where there is none: never a silent stand-in."""
    for factor in factor_versions(key=key):
        if (
            factor.in_force
            and (factor.valid_from is None or factor.valid_from <= on)
            and (factor.valid_to is None or on < factor.valid_to)
        ):
            return factor
    raise NotFound(f"No version of {key} is in force on {on}.", key=key, day=on.isoformat())
