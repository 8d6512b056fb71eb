"""Loading the validity rules."""

import csv
from datetime import date
from pathlib import Path

from django.db import transaction

from monitoring.series.models import ValidityRule

FILE = Path(__file__).resolve().parents[2] / "reference" / "validity_rules.csv"


@transaction.atomic
def load_rules(*, file: Path = FILE) -> int:
    """Bring the table to what the file says; a row that vanished from the file stays, because values name it."""
    count = 0
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            fields = {
                "code": row["code"], "medium": row["medium"], "min_minutes": int(row["min_minutes"]),
                "min_hours": int(row["min_hours"]), "min_days": int(row["min_days"]),
                "min_days_february": int(row["min_days_february"]), "share": float(row["share"]),
                "flow_weighted": row["flow_weighted"], "highest_o2": float(row["highest_o2"]) if row["highest_o2"] else None,
                "source": row["source"], "clause": row["clause"], "status": row["status"],
                "valid_from": date.fromisoformat(row["valid_from"]),
                "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            }  # fmt: skip
            ValidityRule.objects.update_or_create(number=int(row["number"]), defaults=fields)
            count += 1
    return count
