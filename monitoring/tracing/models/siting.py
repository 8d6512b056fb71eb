"""Plans for the next sensors. A plan is frozen with what it was computed from; another wish is another plan."""

from django.db import models
from django.db.models import F, Q

from monitoring.tracing.models.incidents import Run


class ToldRun(Run):
    """A computation that says how far it is, and whose failure pages say by code and particulars."""

    stage = models.CharField(max_length=12, blank=True)  # that the worker has begun, of `domain.stages`
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict)

    class Meta(Run.Meta):
        abstract = True


class SitingPlan(ToldRun):
    """Where the next sensors for a substance go, given measured winds, possible sites and what may be spent."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="siting_plans")
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, related_name="+")
    station = models.ForeignKey("parks.Station", models.PROTECT, related_name="+")  # whose wind makes the climate
    channels = models.JSONField()  # numbers of its channels: speed, direction
    title = models.CharField(max_length=120)
    began_at = models.DateTimeField()  # of the winds
    ended_at = models.DateTimeField()
    most = models.SmallIntegerField()  # new sensors

    class Meta(ToldRun.Meta):
        abstract = False
        constraints = [
            *ToldRun.Meta.constraints,
            models.CheckConstraint(name="siting_winds_have_length", condition=Q(ended_at__gt=F("began_at"))),
            models.CheckConstraint(name="siting_has_title", condition=~Q(title="")),
            models.CheckConstraint(name="siting_wants_sensors", condition=Q(most__gt=0)),
        ]
        indexes = [models.Index(fields=["park", "-id"])]

    def __str__(self) -> str:
        return self.title
