"""Reading the factor library."""

from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from accounting.factors.domain.factors import Factor as LedgerFactor
from accounting.factors.domain.factors import Status
from accounting.factors.domain.library import Library as LedgerLibrary
from accounting.factors.models import Factor
from parks.catalogue.domain.errors import NotFound

TABLES_BY_FAMILY = {"FUEL": "fuels", "GRID": "grid", "GWP": "gwp", "PROCESS": "process", "SUBSTANCE": "substances"}


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


def key_of_factor(*, factor_id: int) -> str:
    """Key of a version of a factor. Raises NotFound."""
    found = Factor.objects.filter(pk=factor_id).values_list("key", flat=True).first()
    if found is None:
        raise NotFound
    return str(found)


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


def process_values(*, process: str, on: date) -> dict[str, Decimal]:
    """Values of a process in force on a day, by variant, or by parameter where there are no variants."""
    rows = Factor.objects.filter(family="PROCESS", attributes__process=process).order_by("key", "version")
    return {
        str(row.attributes.get("variant") or row.attributes["parameter"]).lower(): row.value
        for row in rows
        if row.in_force and holds(row, on)
    }


def library_on(*, day: date) -> LedgerLibrary:
    """All factors as the ledgers look them up: of each key the version in force on a day, else the newest one in force before.

    Tables by year (grid factors) hold a key for each year, so that a lookup for a year finds its own.
    """
    found: dict[str, Factor] = {}
    for factor in Factor.objects.filter(Q(proposed_by=None) | Q(approved_by__isnull=False)).order_by("key", "version"):
        known = found.get(factor.key)
        if known is None or not holds(known, day) or holds(factor, day):
            found[factor.key] = factor
    return LedgerLibrary(factors={key: as_ledger(factor) for key, factor in found.items()})


def holds(factor: Factor, day: date) -> bool:
    return (factor.valid_from is None or factor.valid_from <= day) and (
        factor.valid_to is None or day < factor.valid_to
    )


def as_ledger(factor: Factor) -> LedgerFactor:
    table = TABLES_BY_FAMILY[factor.family]
    keys = (("table", table), *((str(name), str(text)) for name, text in factor.attributes.items()))
    uncertainty = None if factor.uncertainty is None else factor.uncertainty / 100
    return LedgerFactor(
        id=factor.key, value=shortest(factor.value), unit=factor.unit, source=factor.source, clause=factor.clause, year=factor.year,
        valid_from=factor.valid_from, valid_to=factor.valid_to, uncertainty=uncertainty, status=Status(factor.status),
        version=str(factor.version), approved_by=str(factor.approved_by or ""), note=factor.note, keys=keys,
    )  # fmt: skip


def shortest(value: Decimal) -> Decimal:
    """The number without the zeros that the column adds."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def fuels_in_library() -> list[str]:
    """Names of the fuels of the tables."""
    rows = Factor.objects.filter(family="FUEL").values_list("attributes__fuel", flat=True)
    return sorted({str(name) for name in rows if name})


def bases_in_library() -> dict[str, str]:
    """Keys of all factors, with the basis of those of fuels: t or 1e4 Nm3."""
    rows = Factor.objects.values_list("key", "attributes__basis").order_by("key", "version")
    return {key: str(basis or "") for key, basis in rows}


def regions_in_library() -> frozenset[str]:
    """Provinces, regional grids and the nation, as far as they have a grid factor."""
    rows = Factor.objects.filter(family="GRID").order_by().values_list("attributes__region", flat=True).distinct()
    return frozenset(str(region) for region in rows if region)
