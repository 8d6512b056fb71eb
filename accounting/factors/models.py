"""The factor library: every version of every factor, with source, validity, status and who stands behind it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from parks.portal.audited import Audited

FAMILIES = [
    ("FUEL", "fuels"),
    ("GRID", "electricity"),
    ("GWP", "global warming potentials"),
    ("PROCESS", "process defaults"),
    ("SUBSTANCE", "substances"),
]
STATUSES = [("OFFICIAL", "official"), ("SECONDARY", "secondary"), ("UNVERIFIED", "unverified")]


class Factor(Audited):
    """One version of one factor. Numbers never change; another number is another version."""

    key = models.CharField(max_length=100)
    version = models.SmallIntegerField(default=1)
    family = models.CharField(max_length=12, choices=FAMILIES)
    attributes = models.JSONField(default=dict)  # what tells it from its neighbours: fuel, edition, region, kind ...
    value = models.DecimalField(max_digits=24, decimal_places=12)
    unit = models.CharField(max_length=32)
    source = models.CharField(max_length=300)
    clause = models.CharField(max_length=120, blank=True)
    year = models.SmallIntegerField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)  # first day on which it is no longer in force
    uncertainty = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)  # half a 95 % interval [%]
    status = models.CharField(max_length=12, choices=STATUSES)
    note = models.CharField(max_length=300, blank=True)
    proposed_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")  # none: reference file
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_factor_a_version", fields=["key", "version"]),
            models.CheckConstraint(
                name="factor_valid_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lt=F("valid_to")),
            ),
            models.CheckConstraint(
                name="factor_uncertainty_positive", condition=Q(uncertainty=None) | Q(uncertainty__gte=0)
            ),
            models.CheckConstraint(
                name="factor_approved_by_another",
                condition=Q(approved_by=None) | Q(proposed_by=None) | ~Q(approved_by=F("proposed_by")),
            ),
            # Proposals may overlap what is in force; what is in force may not overlap itself.
            ExclusionConstraint(
                name="one_factor_in_force",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[)"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(proposed_by=None) | Q(approved_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["family", "key"])]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"

    @property
    def in_force(self) -> bool:
        return self.proposed_by_id is None or self.approved_by_id is not None
