"""Frozen inventories: what was computed, from what, by which method and factors. Never changed; a correction is another run."""

import pgtrigger
from django.db import models
from django.db.models import F, Q


class InventoryRun(models.Model):
    """One inventory of one enterprise over whole months."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="inventory_runs")
    first_month = models.DateField()
    last_month = models.DateField()
    method = models.CharField(max_length=80)  # key of the method: id, version, set of warming potentials
    inputs = models.JSONField()  # lines of activity data as they were taken, with their versions
    factors = models.JSONField()  # every factor that was used: id, version, value, unit, status, source
    result = models.JSONField()  # lines, totals, open questions, refused lines, interval
    total = models.DecimalField(max_digits=24, decimal_places=6)  # t CO2e
    digest = models.CharField(max_length=64)  # of inputs, factors, method and result
    computed_at = models.DateTimeField()
    computed_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="run_months_ordered", condition=Q(first_month__lte=F("last_month"))),
            models.UniqueConstraint(name="one_run_a_digest", fields=["enterprise", "digest"]),
        ]
        indexes = [models.Index(fields=["enterprise", "-id"]), models.Index(fields=["park", "-id"])]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"inventory {self.pk}"
