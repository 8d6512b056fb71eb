"""Loading the catalogue from its reference files. Safe to repeat; rows that vanished from a file stay."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import transaction

from parks.catalogue.models import LimitRow, Pollutant

FOLDER = Path(__file__).resolve().parents[1] / "reference"


def rows_of(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def number(text: str) -> float | None:
    return float(text) if text else None


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@transaction.atomic
def load_catalogue(*, folder: Path = FOLDER) -> tuple[int, int]:
    """Bring pollutants and limits to what the files say. Returns how many of each the files hold."""
    pollutants = [
        Pollutant(
            code=r["code"], code_2005=r["code_2005"], name=r["name_zh"], name_en=r["name_en"], medium=r["medium"], unit=r["unit"],
            mass_unit=r["mass_unit"], decimals=int(r["decimals"]), molar_mass=number(r["molar_mass"]), cas=r["cas"],
            source=r["source"], status=r["status"], note=r["note"],
        )
        for r in rows_of(folder / "pollutants.csv")
    ]  # fmt: skip
    names = [f.name for f in Pollutant._meta.concrete_fields if f.name != "code"]
    Pollutant.objects.bulk_create(pollutants, update_conflicts=True, unique_fields=["code"], update_fields=names)
    limits = [
        LimitRow(
            standard=r["standard"], clause=r["clause"], version=r["version"], valid_from=day(r["valid_from"]),
            valid_to=day(r["valid_to"]), medium=r["medium"], outlet_class=r["outlet_class"], area_class=r["area_class"],
            pollutant_id=r["pollutant_code"] or None, pollutant_note=r["pollutant_note"], averaging=r["averaging"],
            limit=number(r["limit"]), minimum=number(r["minimum"]), unit=r["unit"], reference_o2=number(r["reference_o2"]),
            basis=r["basis"], source=r["source"], status=r["status"], note=r["note"],
        )
        for r in rows_of(folder / "limits.csv")
    ]  # fmt: skip
    key = ["standard", "clause", "version", "outlet_class", "area_class", "pollutant", "pollutant_note", "averaging"]
    rest = [f.name for f in LimitRow._meta.concrete_fields if f.name not in (*key, "id")]
    LimitRow.objects.bulk_create(limits, update_conflicts=True, unique_fields=key, update_fields=rest)
    return len(pollutants), len(limits)
