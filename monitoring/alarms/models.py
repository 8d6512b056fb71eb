"""Tables of problems: what is wrong now, and what was."""

from django.db import models
from django.db.models import F, Q

from monitoring.alarms.domain import ProblemKind, Severity


class Problem(models.Model):
    """One thing that is wrong, from when it was raised to when it was over."""

    kind = models.CharField(max_length=20, choices=[(k.value, k.name) for k in ProblemKind])
    severity = models.CharField(max_length=10, choices=[(s.value, s.name) for s in Severity])
    park = models.ForeignKey("parks.Park", models.CASCADE)
    enterprise = models.ForeignKey("parks.Enterprise", models.CASCADE, null=True)
    channel = models.ForeignKey("monitoring.Channel", models.CASCADE, null=True, related_name="problems")
    logger = models.ForeignKey("parks.Logger", models.CASCADE, null=True, related_name="problems")
    rule = models.CharField(max_length=120)  # which limit, from which permit or standard
    interval = models.SmallIntegerField(null=True)
    period_at = models.DateTimeField(null=True)  # period of the newest value that shows it
    value = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    times = models.FloatField(null=True)
    worst = models.FloatField(null=True)
    count = models.IntegerField(default=1)  # periods that showed it
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_problem", nulls_distinct=False, condition=Q(cleared_at__isnull=True),
                fields=["kind", "channel", "logger", "interval"],
            ),
            models.CheckConstraint(name="cleared_after_raised", condition=Q(cleared_at__isnull=True) | Q(cleared_at__gte=F("raised_at"))),
            models.CheckConstraint(
                name="problem_of_something", condition=Q(channel__isnull=False) | Q(logger__isnull=False)
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["park", "-raised_at"]),
            models.Index(fields=["park", "enterprise"], name="problem_open", condition=Q(cleared_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ProblemEvent(models.Model):
    """A step in the life of a problem: raised, worse, cleared."""

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=10)
    value = models.FloatField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["problem", "at"])]

    def __str__(self) -> str:
        return f"{self.event} {self.problem_id}"
