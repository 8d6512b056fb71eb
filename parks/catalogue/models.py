"""Tables of the catalogue: what can be measured, and the limits of the standards."""

from django.db import models
from django.db.models import F, Q

STATUSES = [("OFFICIAL", "official"), ("SECONDARY", "secondary"), ("UNVERIFIED", "unverified")]


class Pollutant(models.Model):
    """A factor of HJ 212: a substance or a quantity, with the unit in which the platform keeps it."""

    code = models.CharField(max_length=16, primary_key=True)
    code_2005 = models.CharField(max_length=8, blank=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=16)
    unit = models.CharField(max_length=24, blank=True)
    mass_unit = models.CharField(max_length=8, blank=True)
    decimals = models.SmallIntegerField(default=2)
    molar_mass = models.FloatField(null=True, blank=True)  # g/mol
    cas = models.CharField(max_length=16, blank=True)
    source = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=STATUSES)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="molar_mass_positive", condition=Q(molar_mass__isnull=True) | Q(molar_mass__gt=0)
            ),
            models.CheckConstraint(
                name="cas_shape", condition=Q(cas="") | Q(cas__regex=r"^[0-9]{2,7}-[0-9]{2}-[0-9]$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class LimitRow(models.Model):
    """One limit of one standard, as a standard prints it."""

    standard = models.CharField(max_length=40)
    clause = models.CharField(max_length=80, blank=True)
    version = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)  # first day on which it is no longer in force
    medium = models.CharField(max_length=16)
    outlet_class = models.CharField(max_length=80, blank=True)
    area_class = models.CharField(max_length=16, default="GENERAL")
    pollutant = models.ForeignKey(Pollutant, models.PROTECT, null=True, blank=True)
    pollutant_note = models.CharField(max_length=120, blank=True)
    averaging = models.CharField(max_length=12)
    limit = models.FloatField(null=True, blank=True)
    minimum = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=24, blank=True)
    reference_o2 = models.FloatField(null=True, blank=True)
    basis = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=STATUSES)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_limit_of_a_kind", nulls_distinct=False,
                fields=["standard", "clause", "version", "outlet_class", "area_class", "pollutant", "pollutant_note", "averaging"],
            ),
            models.CheckConstraint(
                name="limit_valid_in_order",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lt=F("valid_to")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.standard} {self.pollutant_id or self.pollutant_note} {self.averaging}"
