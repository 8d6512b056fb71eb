"""Tables of incidents and of the traces that look for their source. A trace is frozen; a correction is another trace."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

KINDS = [("ALARM", "alarm"), ("COMPLAINT", "complaint"), ("MANUAL", "opened by hand")]
STATES = [("OPEN", "open"), ("CONFIRMED", "confirmed"), ("REJECTED", "rejected")]
STEPS = [
    ("OPENED", "opened"), ("NOTE", "note"), ("ASKED", "enterprise asked"), ("ANSWER", "answer of the enterprise"),
    ("CONFIRMED", "confirmed"), ("REJECTED", "rejected"), ("REOPENED", "reopened"),
]  # fmt: skip
RUN_STATES = [("WAITING", "waiting"), ("RUNNING", "running"), ("DONE", "done"), ("FAILED", "failed")]
TESTS = [
    ("STEADY", "steady"), ("INTERMITTENT", "comes and goes"), ("TWO", "two at once"), ("UNREGISTERED", "not registered"),
    ("OUTSIDE", "outside the park"),
]  # fmt: skip
NETWORKS = [("SEWER", "gravity sewer"), ("PRESSURE", "under pressure"), ("RIVER", "reach of a river")]
DECIDED = ("CONFIRMED", "REJECTED")


class Incident(models.Model):
    """Something was measured or smelled, and somebody wants to know from where it came."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="incidents")
    kind = models.CharField(max_length=10, choices=KINDS)
    state = models.CharField(max_length=10, choices=STATES, default="OPEN")
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, related_name="+")
    problem = models.ForeignKey("monitoring.Problem", models.SET_NULL, null=True, related_name="incidents")
    title = models.CharField(max_length=120)
    told = models.TextField(blank=True)  # what was seen or smelled, by whom
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    outlet = models.ForeignKey(
        "parks.Outlet", models.PROTECT, null=True, related_name="incidents"
    )  # confirmed as the source
    enterprise = models.ForeignKey(
        "parks.Enterprise", models.PROTECT, null=True, related_name="incidents"
    )  # of the source

    class Meta:
        constraints = [
            models.CheckConstraint(name="incident_has_length", condition=Q(ended_at__gt=F("began_at"))),
            models.CheckConstraint(name="incident_has_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="source_only_when_confirmed", condition=Q(state="CONFIRMED") | Q(outlet__isnull=True, enterprise__isnull=True)
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["park", "-began_at"]), models.Index(fields=["outlet", "state"])]

    def __str__(self) -> str:
        return self.title


class IncidentStep(models.Model):
    """What was said or decided, by whom and when. Steps are added and never changed."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=STEPS)
    at = models.DateTimeField()
    by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    enterprise = models.ForeignKey(
        "parks.Enterprise", models.PROTECT, null=True, related_name="+"
    )  # asked, or answering

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="asked_and_answers_name_an_enterprise", condition=~Q(kind__in=["ASKED", "ANSWER"]) | Q(enterprise__isnull=False)
            ),
            models.CheckConstraint(name="words_where_words_count", condition=Q(kind="OPENED") | ~Q(text="")),
        ]  # fmt: skip
        indexes = [models.Index(fields=["incident", "at"]), models.Index(fields=["enterprise", "incident"])]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"


class StepFile(models.Model):
    """A file that an enterprise handed in with its answer."""

    step = models.ForeignKey(IncidentStep, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)  # SHA-256
    size = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="step_file_has_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(name="step_file_is_not_empty", condition=Q(size__gt=0) & ~Q(name="")),
            models.UniqueConstraint(name="one_file_of_a_digest_in_a_step", fields=["step", "digest"]),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class Trace(models.Model):
    """One search for the source: what went in, by which code, and what came out."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="traces")
    state = models.CharField(max_length=8, choices=RUN_STATES, default="WAITING")
    case = models.JSONField()  # by trace_case.schema.json: stations, wind, register, readings, options with the seed
    places = (
        models.JSONField()
    )  # numbers of the outlets, enterprises, stations and channels behind the names in the case
    # Codes that were traced together with the pollutant of the incident, in this order; none where it was traced alone.
    companions = ArrayField(models.CharField(max_length=12), default=list)
    digest = models.CharField(max_length=64)  # of the case
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=12, blank=True)  # that the worker has begun, of `domain.stages`
    code_version = models.CharField(max_length=80, blank=True)
    answer = models.JSONField(null=True)
    error = models.TextField(blank=True)  # for the log, in English; pages say it by code and details
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(name="answer_when_done", condition=~Q(state="DONE") | Q(answer__isnull=False, finished_at__isnull=False)),
            models.CheckConstraint(name="reason_when_failed", condition=~Q(state="FAILED") | ~Q(error="")),
            models.CheckConstraint(name="at_most_twelve_together", condition=Q(companions__len__lte=11)),
        ]  # fmt: skip
        indexes = [models.Index(fields=["incident", "-id"])]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="inputs_frozen", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__digest__df=pgtrigger.F("new__digest"))
                | pgtrigger.Q(old__case__df=pgtrigger.F("new__case")) | pgtrigger.Q(old__companions__df=pgtrigger.F("new__companions"))
                | pgtrigger.Q(old__places__df=pgtrigger.F("new__places")) | pgtrigger.Q(old__state="DONE"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"trace {self.pk}"


class BlindTest(models.Model):
    """A release whose truth is known, to score traces against. No trace reads it."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="blind_tests")
    key = models.SlugField(max_length=32)
    kind = models.CharField(max_length=14, choices=TESTS)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, related_name="+")
    began_at = models.DateTimeField()  # of the time to be traced
    ended_at = models.DateTimeField()
    truth = models.JSONField()  # places: outlet (number or null), lon, lat, kg_per_h while it gives off
    incident = models.OneToOneField(Incident, models.PROTECT, null=True, related_name="blind_test")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_blind_test_of_a_key", fields=["park", "key"]),
            models.CheckConstraint(name="blind_test_has_length", condition=Q(ended_at__gt=F("began_at"))),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """A computation with frozen inputs: what went in, by which code, and what came out."""

    state = models.CharField(max_length=8, choices=RUN_STATES, default="WAITING")
    case = models.JSONField()
    digest = models.CharField(max_length=64)  # of the case
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    code_version = models.CharField(max_length=80, blank=True)
    answer = models.JSONField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_done", condition=~Q(state="DONE") | Q(answer__isnull=False, finished_at__isnull=False)),
            models.CheckConstraint(name="%(class)s_failed", condition=~Q(state="FAILED") | ~Q(error="")),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="inputs_frozen", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__digest__df=pgtrigger.F("new__digest"))
                | pgtrigger.Q(old__case__df=pgtrigger.F("new__case")) | pgtrigger.Q(old__state="DONE"),
            ),
        ]  # fmt: skip


class WaterNetwork(models.Model):
    """One revision of a network as it was sent; another file is another revision."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="water_networks")
    kind = models.CharField(max_length=8, choices=NETWORKS)
    name = models.CharField(max_length=120)
    file_name = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    layout = models.JSONField()  # nodes with places, links: what a plan shows
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_water_network_of_a_digest", fields=["park", "digest"])]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class WaterLibrary(models.Model):
    """Unit responses of a revision at some sensors: how far they are. The numbers stand in a file that can be made again."""

    network = models.ForeignKey(WaterNetwork, models.PROTECT, related_name="libraries")
    sensors = models.JSONField()
    key = models.CharField(max_length=64)  # of the sensors
    state = models.CharField(max_length=8, choices=RUN_STATES, default="WAITING")
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # last sign of life
    error = models.TextField(blank=True)  # for the log, in English; pages say it by code and details
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_library_of_sensors", fields=["network", "key"])]


class WaterGauge(models.Model):
    """Where a station or an outlet of the register measures in a revision of a network."""

    network = models.ForeignKey(WaterNetwork, models.PROTECT, related_name="gauges")
    node = models.CharField(max_length=60)
    station = models.ForeignKey("parks.Station", models.PROTECT, null=True, related_name="+")
    outlet = models.ForeignKey("parks.Outlet", models.PROTECT, null=True, related_name="+")
    bound_at = models.DateTimeField()
    bound_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="gauge_is_a_station_or_an_outlet",
                condition=Q(station__isnull=False, outlet__isnull=True) | Q(station__isnull=True, outlet__isnull=False),
            ),
            models.CheckConstraint(name="gauge_has_node", condition=~Q(node="")),
            models.UniqueConstraint(name="one_gauge_of_a_station", fields=["network", "station"]),
            models.UniqueConstraint(name="one_gauge_of_an_outlet", fields=["network", "outlet"]),
        ]

    def __str__(self) -> str:
        return self.node


class WaterIncident(models.Model):
    """A substance was read in a network, and somebody wants to know where it entered."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="water_incidents")
    network = models.ForeignKey(WaterNetwork, models.PROTECT, related_name="incidents")
    state = models.CharField(max_length=10, choices=STATES, default="OPEN")
    kind = models.CharField(max_length=10, choices=KINDS, default="MANUAL")
    title = models.CharField(max_length=120)
    told = models.TextField(blank=True)
    substance = models.CharField(max_length=60)
    problem = models.ForeignKey("monitoring.Problem", models.SET_NULL, null=True, related_name="water_incidents")
    pollutant = models.ForeignKey(
        "parks.Pollutant", models.PROTECT, null=True, related_name="+"
    )  # where the readings are those of channels
    began_at = models.DateTimeField(null=True)  # of the time from which channels are read
    ended_at = models.DateTimeField(null=True)
    refused = models.JSONField(default=list)  # rows of the table that were left out: row, field, rule
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, null=True, related_name="water_incidents")
    node = models.CharField(max_length=60, blank=True)  # confirmed as the place where it entered

    class Meta:
        constraints = [
            models.CheckConstraint(name="water_incident_has_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="water_source_only_when_confirmed", condition=Q(state="CONFIRMED") | Q(enterprise__isnull=True, node="")
            ),
            models.CheckConstraint(
                name="channels_need_pollutant_and_time",
                condition=Q(pollutant__isnull=True, began_at__isnull=True, ended_at__isnull=True)
                | Q(pollutant__isnull=False, began_at__isnull=False, ended_at__gt=F("began_at")),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["park", "-opened_at"])]

    def __str__(self) -> str:
        return self.title


class WaterStep(models.Model):
    """What was said or decided about a water incident. Steps are added and never changed."""

    incident = models.ForeignKey(WaterIncident, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=STEPS)
    at = models.DateTimeField()
    by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    node = models.CharField(max_length=60, blank=True)  # spoken of
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="water_asked_names_enterprise", condition=~Q(kind__in=["ASKED", "ANSWER"]) | Q(enterprise__isnull=False)
            )
        ]  # fmt: skip
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]


class WaterTrace(Run):
    """One search for the place where it entered."""

    incident = models.ForeignKey(WaterIncident, models.PROTECT, related_name="traces")
    stage = models.CharField(max_length=12, blank=True)  # that the worker has begun, of `domain.stages`
    sources = models.JSONField(default=dict)  # by node: channel, interval and what was left out; empty for a table
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict)

    class Meta(Run.Meta):
        abstract = False
        triggers = [
            *Run.Meta.triggers,
            pgtrigger.Protect(
                name="sources_frozen", operation=pgtrigger.Update, condition=pgtrigger.Q(old__sources__df=pgtrigger.F("new__sources"))
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"water trace {self.pk}"


class WaterBlindTest(models.Model):
    """A release into a sewer or a river whose truth is known, to score traces against. No trace reads it."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="water_blind_tests")
    network = models.ForeignKey(WaterNetwork, models.PROTECT, related_name="+")
    key = models.SlugField(max_length=32)
    kind = models.CharField(max_length=14, choices=TESTS)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, related_name="+")
    began_at = models.DateTimeField()  # of the time to be traced
    ended_at = models.DateTimeField()
    truth = models.JSONField()  # node, mass_kg, start, duration_h
    incident = models.OneToOneField(WaterIncident, models.PROTECT, null=True, related_name="blind_test")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_water_blind_test_of_a_key", fields=["park", "key"]),
            models.CheckConstraint(name="water_blind_test_has_length", condition=Q(ended_at__gt=F("began_at"))),
        ]

    def __str__(self) -> str:
        return self.name
