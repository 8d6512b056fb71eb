"""Factors of several substances, frozen with what they were computed from, and the profiles of sources they are held against."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from monitoring.tracing.models.siting import ToldRun

PROFILE_STATES = [("UNVERIFIED", "unverified"), ("SOURCED", "with a stated source")]


class SourceProfile(models.Model):
    """Shares of the substances in what a source emits. A row is never changed; a correction is the next version of its name."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="source_profiles")
    name = models.CharField(max_length=80)
    version = models.SmallIntegerField()
    outlet = models.ForeignKey("parks.Outlet", models.PROTECT, null=True, related_name="+")  # None: a kind of source
    shares = models.JSONField()  # by pollutant code, of the mass of all that was measured; at most 1 together
    deviations = models.JSONField()  # standard deviations of the shares
    source = models.CharField(max_length=300, blank=True)  # report, laboratory, publication
    status = models.CharField(max_length=10, choices=PROFILE_STATES)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # the last day
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_profile_of_a_version", fields=["park", "name", "version"]),
            models.CheckConstraint(name="profile_has_name", condition=~Q(name="")),
            models.CheckConstraint(name="profile_without_source_is_unverified", condition=Q(status="UNVERIFIED") | ~Q(source="")),
            models.CheckConstraint(name="profile_ends_after_it_begins", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))),
        ]  # fmt: skip
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class FingerprintRun(ToldRun):
    """Factors of several substances at one or more stations over a period. Another choice is another run."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="fingerprint_runs")
    title = models.CharField(max_length=120)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    stations = models.JSONField()  # numbers
    substances = models.JSONField()  # codes
    samples = models.IntegerField()

    class Meta(ToldRun.Meta):
        abstract = False
        constraints = [
            *ToldRun.Meta.constraints,
            models.CheckConstraint(name="fingerprints_have_length", condition=Q(ended_at__gt=F("began_at"))),
            models.CheckConstraint(name="fingerprints_have_title", condition=~Q(title="")),
            models.CheckConstraint(name="fingerprints_have_samples", condition=Q(samples__gt=0)),
        ]
        indexes = [models.Index(fields=["park", "-id"])]

    def __str__(self) -> str:
        return self.title
