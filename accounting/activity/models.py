"""Activity data: what an enterprise burnt, bought, made and treated in a month, with evidence; and the months' states."""

from django.db import models
from django.db.models import Q

from accounting.activity.domain import MonthState, Step
from parks.portal.audited import Audited

SOURCES = [("TYPED", "typed in"), ("UPLOADED", "uploaded"), ("DERIVED", "derived from measurements")]


class ActivityLine(models.Model):
    """One version of one line of a month. A change is another version; the old one stays with its author."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="activity_lines")
    month = models.DateField()  # first day
    code = models.CharField(max_length=60)  # of the source within the enterprise, for example "boiler-1"
    version = models.SmallIntegerField(default=1)
    kind = models.CharField(max_length=40)  # kind of line of the ledger
    values = models.JSONField(default=dict)  # field -> {value, unit, uncertainty, meter, factor}; numbers as text
    choices = models.JSONField(default=dict)  # for example {"fuel": "natural_gas"}
    groups = models.JSONField(default=dict)  # repeated fields, for example feeds and products
    biogenic = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=SOURCES, default="TYPED")
    quality = models.SmallIntegerField(default=3)  # 1 best to 5
    note = models.CharField(max_length=300, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True)  # SHA-256
    evidence = models.BinaryField(null=True)
    entered_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    removed = models.BooleanField(default=False)  # this version says that the line is gone

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_activity_version", fields=["enterprise", "month", "code", "version"]),
            models.UniqueConstraint(
                name="one_activity_in_force",
                fields=["enterprise", "month", "code"],
                condition=Q(replaced_at__isnull=True),
            ),
            models.CheckConstraint(name="activity_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(name="activity_quality_range", condition=Q(quality__range=(1, 5))),
            models.CheckConstraint(
                name="activity_evidence_has_digest",
                condition=Q(evidence__isnull=True) | Q(evidence_digest__regex=r"^[0-9a-f]{64}$"),
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "month"])]

    def __str__(self) -> str:
        return f"{self.code} {self.month:%Y-%m} v{self.version}"


class Month(Audited):
    """The state of one month of one enterprise."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="months")
    month = models.DateField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.name) for s in MonthState], default=MonthState.OPEN.value
    )
    closed_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    verified_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_state_a_month", fields=["enterprise", "month"]),
            models.CheckConstraint(name="state_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="verified_by_another",
                condition=Q(verified_by=None) | Q(closed_by=None) | ~Q(verified_by=models.F("closed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"


class MonthStep(models.Model):
    """A step in the life of a month: who, when, why."""

    month = models.ForeignKey(Month, models.CASCADE, related_name="steps")
    step = models.CharField(max_length=8, choices=[(s.value, s.name) for s in Step])
    at = models.DateTimeField()
    by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.step} {self.at:%Y-%m-%d}"
