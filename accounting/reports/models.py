"""Issued reports: frozen content, documents, and the fingerprint of both."""

from django.db import models
from django.db.models import Q

KINDS = [("DAILY", "daily")]


class Report(models.Model):
    """One issue of one report. Never changed; other facts make another revision."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    kind = models.CharField(max_length=12, choices=KINDS)
    version = models.CharField(max_length=8)  # of the definition
    day = models.DateField()
    revision = models.SmallIntegerField(default=1)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")  # none: the timetable
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    pdf = models.BinaryField()
    xlsx = models.BinaryField()
    missing_glyphs = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["park", "kind", "day", "revision"], name="one_report_a_revision"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="report_revision_positive"),
        ]
        indexes = [models.Index(fields=["park", "kind", "-day"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.day} rev. {self.revision}"
