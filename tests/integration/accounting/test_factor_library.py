"""The factor library: numbers of a version never change, another number needs two people, one version counts a day."""

import csv
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from accounting.factors import services as factors
from accounting.factors.models import Factor
from accounting.factors.selectors.library import in_force_on
from parks.catalogue.domain.errors import NotFound
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
KEY = "gwp.AR5.CH4"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for file in factors.FOLDER.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


def rewrite(file: Path, key: str, **changes: str) -> None:
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        row.update(changes if row["id"] == key else {})
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_loading_again_changes_nothing(files: Path) -> None:
    before = list(Factor.objects.order_by("pk").values_list("pk", "value", "version"))

    factors.load_factors(folder=files)

    assert list(Factor.objects.order_by("pk").values_list("pk", "value", "version")) == before


def test_a_file_may_not_give_another_number_to_a_loaded_version(files: Path) -> None:
    rewrite(files / "gwp.csv", KEY, value="30")

    with pytest.raises(factors.FactorChanged):
        factors.load_factors(folder=files)

    assert Factor.objects.get(key=KEY).value == 28  # AR5, 100 years


def test_a_source_may_be_named_better(files: Path) -> None:
    rewrite(files / "gwp.csv", KEY, source="IPCC AR5 WG1 table 8.A.1")

    factors.load_factors(folder=files)

    assert Factor.objects.get(key=KEY).source == "IPCC AR5 WG1 table 8.A.1"


def test_a_proposal_counts_when_somebody_else_has_approved_it(now: datetime) -> None:
    proposer, approver = make_user(), make_user()
    made = factors.propose(
        key=KEY, value=Decimal(29), source="a test", valid_from=date(2027, 1, 1), by_id=proposer.pk, now=now
    )
    before = in_force_on(key=KEY, on=date(2027, 6, 1)).value

    with pytest.raises(factors.OwnProposal):
        factors.approve(factor_id=made.pk, by_id=proposer.pk, status="SECONDARY", now=now)
    factors.approve(factor_id=made.pk, by_id=approver.pk, status="SECONDARY", now=now)

    assert before == 28
    assert in_force_on(key=KEY, on=date(2026, 12, 31)).value == 28
    assert in_force_on(key=KEY, on=date(2027, 1, 1)).value == 29


def test_a_day_without_a_version_is_an_error_and_no_stand_in() -> None:
    first = Factor.objects.filter(family="GRID", valid_to__isnull=False).order_by("valid_from").first()
    assert first is not None

    with pytest.raises(NotFound):
        in_force_on(key=first.key, on=date(2000, 1, 1))


def test_the_database_refuses_two_versions_in_force_on_one_day() -> None:
    known = Factor.objects.get(key=KEY)

    with pytest.raises(IntegrityError, match="one_factor_in_force"), transaction.atomic():
        Factor.objects.create(
            key=KEY, version=9, family=known.family, value=Decimal(30), unit=known.unit, source="s", status="UNVERIFIED"
        )
