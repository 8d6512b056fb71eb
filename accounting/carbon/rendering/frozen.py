"""Factors as a run freezes them, the library made of them again, and which code computed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from accounting.factors.domain.factors import Factor, Status
from accounting.factors.domain.library import Library

ACCOUNTING = Path(__file__).resolve().parents[2]
COMPUTING = ("carbon/domain", "factors/domain")


class Listening(Mapping[str, Factor]):
    """Factors that note who asked for them by name: the ledger also looks at factors that stand in no line."""

    def __init__(self, factors: Mapping[str, Factor]) -> None:
        self.factors = factors
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Factor:
        found = self.factors[name]
        self.asked.add(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.factors)

    def __len__(self) -> int:
        return len(self.factors)

    def values(self) -> ValuesView[Factor]:
        return ValuesView(self.factors)


def listening(library: Library) -> tuple[Library, Listening]:
    """The library, and what will be asked of it."""
    ear = Listening(library.factors)
    return Library(ear), ear


def factor_as_data(factor: Factor) -> dict[str, Any]:
    """Everything of a factor that can change a result, and where it comes from."""
    return {
        "id": factor.id, "version": factor.version, "value": format(factor.value, "f"), "unit": factor.unit, "status": factor.status.value,
        "source": factor.source, "keys": dict(factor.keys), "year": factor.year,
        "uncertainty": None if factor.uncertainty is None else format(factor.uncertainty, "f"),
        "valid_from": factor.valid_from.isoformat() if factor.valid_from else None,
        "valid_to": factor.valid_to.isoformat() if factor.valid_to else None,
    }  # fmt: skip


def library_of(*, factors: Sequence[Mapping[str, Any]], today: Library) -> Library:
    """The library of a frozen run.

    Args:
        factors: as the run holds them.
        today: for runs of before everything was frozen: keys and validity of their factors, never their numbers.
    """
    return Library({one["id"]: factor_of(one, today.factors.get(one["id"])) for one in factors})


def factor_of(data: Mapping[str, Any], known: Factor | None) -> Factor:
    if "keys" in data:
        keys, uncertainty, year = tuple(data["keys"].items()), data["uncertainty"], data["year"]
        begin, end = (date.fromisoformat(data[name]) if data[name] else None for name in ("valid_from", "valid_to"))
    else:
        keys = known.keys if known else ()
        uncertainty = known.uncertainty if known else None
        year, begin, end = (known.year, known.valid_from, known.valid_to) if known else (None, None, None)
    return Factor(
        id=data["id"], value=Decimal(data["value"]), unit=data["unit"], source=data["source"], clause="", year=year, valid_from=begin,
        valid_to=end, uncertainty=None if uncertainty is None else Decimal(uncertainty), status=Status(data["status"]),
        version=data["version"], approved_by="", note="", keys=keys,
    )  # fmt: skip


@cache
def code_version() -> str:
    """Fingerprint of the code that computes: equal fingerprints compute equal bytes."""
    files = sorted(path for folder in COMPUTING for path in (ACCOUNTING / folder).rglob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(ACCOUNTING).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
