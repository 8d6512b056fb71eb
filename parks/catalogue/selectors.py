"""Reading the catalogue."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from parks.catalogue.models import LimitRow, Pollutant


def pollutants(*, word: str = "", medium: str = "") -> QuerySet[Pollutant]:
    """Factors by code, narrowed by a word and a medium."""
    rows = Pollutant.objects.order_by("code")
    if word:
        rows = rows.filter(
            Q(code__icontains=word)
            | Q(code_2005__iexact=word)
            | Q(name__icontains=word)
            | Q(name_en__icontains=word)
            | Q(cas=word)
        )
    return rows.filter(medium=medium) if medium else rows


def names_of(*, codes: Iterable[str]) -> dict[str, Pollutant]:
    """Factors by code; a code that the catalogue does not have is left out."""
    wanted = set(codes)
    return Pollutant.objects.in_bulk(wanted) if wanted else {}


def limit_rows(*, word: str = "") -> QuerySet[LimitRow]:
    """Limits of the standards, narrowed by a word."""
    rows = LimitRow.objects.select_related("pollutant").order_by(
        "standard", "outlet_class", "pollutant_id", "area_class", "averaging"
    )
    if word:
        rows = rows.filter(
            Q(standard__icontains=word) | Q(pollutant__name__icontains=word) | Q(pollutant__name_en__icontains=word)
            | Q(pollutant__code__iexact=word) | Q(outlet_class__icontains=word) | Q(pollutant_note__icontains=word)
        )  # fmt: skip
    return rows


def media() -> list[str]:
    return list(Pollutant.objects.order_by("medium").values_list("medium", flat=True).distinct())
