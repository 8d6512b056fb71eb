"""Loading the factor library, and proposing and approving further versions."""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounting.factors.domain.loading import TABLES, load
from accounting.factors.models import Factor
from accounting.factors.selectors.library import factor_versions
from parks.catalogue.domain.errors import Conflict, Invalid, NotFound
from parks.people.services.audit import acting

FOLDER = Path(__file__).resolve().parent / "reference"
FILES = {
    "fuels.csv": "FUEL",
    "grid.csv": "GRID",
    "gwp.csv": "GWP",
    "process.csv": "PROCESS",
    "substances.csv": "SUBSTANCE",
}
COMMON = frozenset(
    [
        "id",
        "value",
        "unit",
        "source",
        "clause",
        "year",
        "valid_from",
        "valid_to",
        "uncertainty",
        "status",
        "version",
        "approved_by",
        "note",
    ]
)


class FactorChanged(Conflict):
    """A number of the reference file differs from the loaded one of the same version; give it a new version."""

    code = "factor.changed"


class FactorOverlaps(Conflict):
    """Another version of this factor is in force in the same time; end it first."""

    code = "factor.overlap"


class OwnProposal(Conflict):
    """Nobody approves their own proposal."""

    code = "factor.own_proposal"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a reference file."""

    key: str
    version: int
    fields: dict[str, Any]


def rows_of(*, folder: Path) -> list[Row]:
    """All lines of all reference files."""
    found = []
    for name, family in FILES.items():
        with (folder / name).open(encoding="utf-8", newline="") as text:
            found += [row_of(line, family=family) for line in csv.DictReader(text)]
    return found


def row_of(line: dict[str, str], *, family: str) -> Row:
    attributes = {name: text for name, text in line.items() if name not in COMMON and text}
    fields = {
        "family": family, "attributes": attributes, "value": Decimal(line["value"]), "unit": line["unit"], "source": line["source"],
        "clause": line["clause"], "year": int(line["year"]) if line["year"] else None, "valid_from": day(line["valid_from"]),
        "valid_to": day(line["valid_to"]), "uncertainty": Decimal(line["uncertainty"]) if line["uncertainty"] else None,
        "status": line["status"], "note": line["note"],
    }  # fmt: skip
    return Row(line["id"], int(line["version"] or 1), fields)


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@transaction.atomic
def load_factors(*, folder: Path = FOLDER) -> int:
    """Bring the library to what the files say. Numbers of a loaded version never change.

    Raises:
        BrokenRow, WrongChecksum: a row cannot be read, or a printed product does not follow from its parts.
        FactorChanged: a file gives another number or unit to a version that is loaded already.
    """
    load(
        tables={name: (folder / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES}
    )  # recomputes every product
    rows = rows_of(folder=folder)
    known = {(f.key, f.version): f for f in Factor.objects.filter(proposed_by=None)}
    made, changed = [], []
    for row in rows:
        factor = known.get((row.key, row.version))
        if factor is None:
            made.append(Factor(key=row.key, version=row.version, **row.fields))
        elif factor.value != row.fields["value"] or factor.unit != row.fields["unit"]:
            raise FactorChanged(key=row.key, version=row.version)
        elif any(getattr(factor, name) != value for name, value in row.fields.items()):
            for name, value in row.fields.items():
                setattr(factor, name, value)
            changed.append(factor)
    with acting(user_id=None, action="factor.load"):
        Factor.objects.bulk_create(made)
        Factor.objects.bulk_update(changed, [f.name for f in Factor._meta.concrete_fields if f.name in rows[0].fields])
    return len(rows)


def propose(
    *, key: str, value: Decimal, source: str, valid_from: date, by_id: int, now: datetime, uncertainty: Decimal | None = None,
    clause: str = "", note: str = "",
) -> Factor:  # fmt: skip
    """Propose another number of a known factor from a day on. It counts when somebody else has approved it."""
    last = factor_versions(key=key).first()
    if last is None:
        raise NotFound
    if not source.strip():
        raise Invalid("A factor needs its source.", source=["A factor needs its source."])
    newest = Factor.objects.filter(key=key).aggregate(newest=Max("version"))["newest"]
    with acting(user_id=by_id, action="factor.propose"):
        return Factor.objects.create(
            key=key, version=newest + 1, family=last.family, attributes=last.attributes, value=value, unit=last.unit,
            source=source, clause=clause, year=valid_from.year, valid_from=valid_from, uncertainty=uncertainty, note=note,
            status="UNVERIFIED", proposed_by_id=by_id, proposed_at=now,
        )  # fmt: skip


@transaction.atomic
def approve(*, factor_id: int, by_id: int, status: str, now: datetime) -> Factor:
    """Put a proposal in force; the version before it ends the day it begins.

    Raises:
        OwnProposal: the approver proposed it.
        FactorOverlaps: another version is in force in the same time.
    """
    factor = Factor.objects.select_for_update().filter(pk=factor_id).first()
    if factor is None or factor.in_force:
        raise NotFound
    if factor.proposed_by_id == by_id:
        raise OwnProposal
    with acting(user_id=by_id, action="factor.approve"):
        end_before(factor=factor)
        factor.approved_by_id, factor.approved_at, factor.status = by_id, now, status
        try:
            with transaction.atomic():
                factor.save()
        except IntegrityError as error:
            raise FactorOverlaps(key=factor.key) from error
    return factor


def end_before(*, factor: Factor) -> None:
    """End the version that is in force when a new one begins."""
    for other in factor_versions(key=factor.key):
        begins_before = other.valid_from is None or factor.valid_from is None or other.valid_from < factor.valid_from
        runs_into = other.valid_to is None or (factor.valid_from is not None and other.valid_to > factor.valid_from)
        if other.in_force and other.pk != factor.pk and begins_before and runs_into:
            other.valid_to = factor.valid_from
            other.save(update_fields=["valid_to"])
