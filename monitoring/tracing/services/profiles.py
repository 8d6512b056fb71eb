"""Source profiles of a park: shares of the substances in what a source emits, in versions with source and validity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from monitoring.tracing.models import SourceProfile
from parks.catalogue.domain.errors import Invalid, NotFound
from parks.people.domain import Scope
from parks.register.selectors.places import visible_outlets, visible_parks

ALL = 1.0001  # shares are rounded where they are written


class BadProfile(Invalid):
    """Shares of a profile lie above zero and come to at most one; deviations are not negative."""

    code = "tracing.profile"


@dataclass(frozen=True, slots=True)
class Share:
    """Of the mass of all that was measured at the source, with its standard deviation."""

    share: float
    deviation: float


@transaction.atomic
def keep_profile(
    *, scope: Scope, park_id: int, name: str, outlet_id: int | None, shares: Mapping[str, Share], source: str, valid_from: date,
    valid_to: date | None, now: datetime,
) -> SourceProfile:  # fmt: skip
    """Keep a profile; under a name that exists it is the next version.

    Raises:
        BadProfile: nothing is written. NotFound: the outlet or the park is not the viewer's.
    """
    park = visible_parks(scope=scope).select_for_update().filter(pk=park_id).first()
    if park is None or (
        outlet_id is not None
        and not visible_outlets(scope=scope).filter(pk=outlet_id, enterprise__park=park_id).exists()
    ):
        raise NotFound
    name, source = name.strip(), source.strip()
    total = sum(one.share for one in shares.values())
    bad = not name or len(shares) < 2 or total > ALL or (valid_to is not None and valid_to < valid_from)
    if bad or any(one.share < 0 or one.deviation < 0 for one in shares.values()) or total <= 0:
        raise BadProfile(total=f"{100 * total:.1f}", substances=len(shares))
    before = SourceProfile.objects.filter(park=park_id, name=name).aggregate(most=Max("version"))["most"] or 0
    return SourceProfile.objects.create(
        park=park, name=name, version=before + 1, outlet_id=outlet_id, shares={code: one.share for code, one in shares.items()},
        deviations={code: one.deviation for code, one in shares.items()}, source=source, status="SOURCED" if source else "UNVERIFIED",
        valid_from=valid_from, valid_to=valid_to, entered_at=now, entered_by_id=scope.user_id,
    )  # fmt: skip
