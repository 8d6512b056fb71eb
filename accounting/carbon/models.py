"""Frozen inventories: what was computed, from what, by which method and factors. Never changed; a correction is another run."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from parks.portal.audited import Audited


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


class NodeAllocation(Audited):
    """How the cost of a node with several products is split, from a month on. The newest row of the newest month rules."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="allocations")
    node = models.ForeignKey("accounting.ProcessNode", models.PROTECT, related_name="allocations")
    valid_from = models.DateField()  # first day of a month
    rule = models.CharField(max_length=20)
    shares = models.JSONField(default=dict)  # by stream code, as text; for EXPLICIT
    weights = models.JSONField(default=dict)  # by stream code, as text; for WEIGHTED
    parameters = models.JSONField(default=dict)
    reason = models.CharField(max_length=300)
    chosen_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="allocation_month_is_a_first", condition=Q(valid_from__day=1)),
            models.CheckConstraint(name="allocation_has_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["node", "-valid_from", "-id"])]

    def __str__(self) -> str:
        return f"{self.rule} from {self.valid_from:%Y-%m}"


class ReportingMethod(Audited):
    """The method by which an enterprise reports, from a month on. The newest row of the newest month rules."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="reporting_methods")
    valid_from = models.DateField()  # first day of a month
    method = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    chosen_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="method_month_is_a_first", condition=Q(valid_from__day=1)),
            models.CheckConstraint(name="method_has_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["enterprise", "-valid_from", "-id"])]

    def __str__(self) -> str:
        return f"{self.method} from {self.valid_from:%Y-%m}"


class YearFact(Audited):
    """A number of a park's year that no meter of the platform gives, such as the solid waste that was used. The newest rules."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="year_facts")
    year = models.SmallIntegerField()
    name = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=20, decimal_places=4)
    source = models.CharField(max_length=300)
    entered_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="year_fact_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(name="year_fact_has_source", condition=~Q(source="")),
            models.CheckConstraint(name="year_fact_year", condition=Q(year__range=(2005, 2100))),
        ]
        indexes = [models.Index(fields=["park", "year", "name", "-id"])]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"


class ParkBalance(models.Model):
    """The conserved balance of a park in one month, with everything it was computed from."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="balances")
    month = models.DateField()
    state = models.CharField(max_length=12)  # what its months were when it was computed
    case = models.JSONField()  # network, allocations, warming potentials: what is computed again must give the same
    inputs = models.JSONField()  # versions of activity data, inventories and factors behind the case
    result = models.JSONField()
    total = models.DecimalField(max_digits=24, decimal_places=6, null=True)  # t CO2e; none where it cannot be solved
    code_version = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    computed_at = models.DateTimeField()
    computed_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="balance_month_is_a_first", condition=Q(month__day=1)),
            models.UniqueConstraint(name="one_balance_a_digest", fields=["park", "month", "digest"]),
        ]
        indexes = [models.Index(fields=["park", "-month", "-id"])]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"balance {self.month:%Y-%m}"


class BalanceSimulation(models.Model):
    """Ranges of a frozen balance by Monte Carlo. The same draws and seed give the same numbers."""

    balance = models.ForeignKey(ParkBalance, models.PROTECT, related_name="simulations")
    draws = models.IntegerField()
    seed = models.BigIntegerField()
    ranges = models.JSONField()  # stream -> mean, low, high [t CO2e per unit]
    seconds = models.FloatField()
    computed_at = models.DateTimeField()
    computed_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_simulation_a_seed", fields=["balance", "draws", "seed"]),
            models.CheckConstraint(name="simulation_draws_range", condition=Q(draws__range=(100, 100_000))),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.draws} draws of balance {self.balance_id}"
