"""Tables of the permits: what an enterprise may emit, where, from when to when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from parks.portal.audited import Audited

PERIODS = [("HOUR", "hour"), ("DAY", "day"), ("MONTH", "month")]


class Permit(Audited):
    """A discharge permit. Valid from the first day up to, not including, the last."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="permits")
    number = models.CharField(max_length=40)
    authority = models.CharField(max_length=80, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="permit_valid_in_order", condition=Q(valid_from__lt=F("valid_to"))),
            ExclusionConstraint(
                name="permits_of_an_enterprise_do_not_overlap",
                expressions=[
                    ("enterprise", RangeOperators.EQUAL),
                    (Func(F("valid_from"), F("valid_to"), Value("[)"), function="daterange", output_field=DateRangeField()), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class PermitLimit(Audited):
    """The limit of one outlet, pollutant and averaging period."""

    permit = models.ForeignKey(Permit, models.CASCADE, related_name="limits")
    outlet = models.ForeignKey("parks.Outlet", models.PROTECT, related_name="permit_limits")
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT)
    period = models.CharField(max_length=8, choices=PERIODS)
    maximum = models.FloatField()
    minimum = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=24)
    reference_o2 = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)  # standard and clause the permit refers to

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_permit_limit", fields=["permit", "outlet", "pollutant", "period"]),
            models.CheckConstraint(
                name="permit_limit_in_order", condition=Q(minimum__isnull=True) | Q(minimum__lt=F("maximum"))
            ),
            models.CheckConstraint(
                name="reference_o2_possible",
                condition=Q(reference_o2__isnull=True) | Q(reference_o2__gte=0, reference_o2__lt=21),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.pollutant_id} {self.period}"


class Quota(Audited):
    """What an enterprise may emit in one year."""

    permit = models.ForeignKey(Permit, models.CASCADE, related_name="quotas")
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT)
    year = models.SmallIntegerField()
    tonnes = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_quota_a_year", fields=["permit", "pollutant", "year"]),
            models.CheckConstraint(name="quota_not_negative", condition=Q(tonnes__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.pollutant_id} {self.year}"


class SpecialPeriod(Audited):
    """A time in which stricter limits apply, for example a heavy-pollution warning."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    name = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, null=True, blank=True)  # none: all
    share = models.FloatField(default=1.0)  # of the limit that remains
    order_number = models.CharField(max_length=80, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="special_period_in_order", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(name="special_share_possible", condition=Q(share__gt=0, share__lte=1)),
        ]

    def __str__(self) -> str:
        return self.name
