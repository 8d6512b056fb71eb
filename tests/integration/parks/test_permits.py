"""Permits: what the database does not let in, and which limit is in force."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from parks.permits.models import SpecialPeriod
from parks.permits.selectors import limits_in_force
from parks.permits.services import PermitOverlaps, create_permit
from tests.factories.permits import make_permit, make_permit_limit
from tests.factories.register import make_enterprise, make_outlet

pytestmark = pytest.mark.django_db


def test_permits_of_an_enterprise_do_not_overlap() -> None:
    enterprise = make_enterprise()
    make_permit(enterprise=enterprise, valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 1))

    with pytest.raises(IntegrityError), transaction.atomic():
        make_permit(enterprise=enterprise, valid_from=date(2025, 12, 31), valid_to=date(2027, 1, 1))
    with pytest.raises(PermitOverlaps):
        create_permit(
            by_id=None,
            enterprise=enterprise,
            park=enterprise.park,
            number="2",
            valid_from=date(2025, 6, 1),
            valid_to=date(2025, 7, 1),
        )


def test_permit_may_begin_on_the_day_the_last_one_ends() -> None:
    enterprise = make_enterprise()
    make_permit(enterprise=enterprise, valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 1))

    make_permit(enterprise=enterprise, valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1))

    assert enterprise.permits.count() == 2


def test_permits_of_two_enterprises_may_be_in_force_together() -> None:
    for _ in range(2):
        make_permit(enterprise=make_enterprise())


def test_limit_is_that_of_the_permit_in_force_on_the_day() -> None:
    outlet = make_outlet()
    for year, maximum in ((2025, 50.0), (2026, 35.0)):
        permit = make_permit(enterprise=outlet.enterprise, valid_from=date(year, 1, 1), valid_to=date(year + 1, 1, 1))
        make_permit_limit(outlet=outlet, permit=permit, maximum=maximum)

    def limit(day: date) -> list[float]:
        at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        return [found.maximum for found in limits_in_force(outlet_ids=[outlet.pk], at=at, day=day)]

    assert (limit(date(2025, 12, 31)), limit(date(2026, 1, 1)), limit(date(2027, 1, 1))) == ([50.0], [35.0], [])


def test_special_period_tightens_the_limit_while_it_lasts() -> None:
    outlet = make_outlet()
    make_permit_limit(outlet=outlet, maximum=40.0)
    start, end = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC)
    for share in (0.8, 0.5):
        SpecialPeriod.objects.create(
            park=outlet.enterprise.park, name=f"warning {share}", starts_at=start, ends_at=end, share=share
        )

    inside = limits_in_force(outlet_ids=[outlet.pk], at=start, day=start.date())[0]
    after = limits_in_force(outlet_ids=[outlet.pk], at=end, day=end.date())[0]

    assert (inside.maximum, inside.special, after.maximum) == (20.0, "warning 0.5", 40.0)
