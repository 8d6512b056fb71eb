"""Tables of the series: channels, observations with their versions, roll-ups, latest values, work that is due.

Observations and roll-ups are large. Their keys begin with the channel and hold the time, so that they can be
partitioned by month, turned into hypertables, or sharded by park without a rewrite (decision 0005).
"""

from django.db import models
from django.db.models import F, Q

from monitoring.series.domain.readings import Interval
from parks.portal.audited import Audited

INTERVALS = [(i.value, i.name) for i in Interval]


class ValidityRule(models.Model):
    """When a period of a medium is valid. Each stored value names the row it was judged by."""

    number = models.SmallIntegerField(primary_key=True)
    code = models.CharField(max_length=24)
    medium = models.CharField(max_length=12)
    min_minutes = models.SmallIntegerField()
    min_hours = models.SmallIntegerField()
    min_days = models.SmallIntegerField()
    min_days_february = models.SmallIntegerField()
    share = models.FloatField()
    flow_weighted = models.CharField(max_length=200, blank=True)
    highest_o2 = models.FloatField(null=True)
    source = models.CharField(max_length=200)
    clause = models.CharField(max_length=300)
    status = models.CharField(max_length=12)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["medium", "valid_from"], name="one_rule_from_a_day"),
            models.CheckConstraint(condition=Q(min_minutes__range=(0, 60)), name="minutes_of_an_hour"),
            models.CheckConstraint(condition=Q(share__range=(0, 1)), name="share_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.code


class Channel(Audited):
    """One measured quantity at one point: the unit of every series."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, null=True, blank=True)
    outlet = models.ForeignKey("parks.Outlet", models.PROTECT, null=True, blank=True)
    station = models.ForeignKey("parks.Station", models.PROTECT, null=True, blank=True)
    unit = models.ForeignKey("parks.Unit", models.PROTECT, null=True, blank=True)
    logger = models.ForeignKey("parks.Logger", models.PROTECT, null=True, blank=True)
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT)
    reported_unit = models.CharField(max_length=24)
    scale = models.FloatField(default=1.0)  # reported unit x scale = unit of the catalogue
    low = models.FloatField(null=True, blank=True)  # measuring range, unit of the catalogue
    high = models.FloatField(null=True, blank=True)
    reference_o2 = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                name="channel_has_one_point",
                condition=Q(outlet__isnull=False, station__isnull=True, unit__isnull=True)
                | Q(outlet__isnull=True, station__isnull=False, unit__isnull=True)
                | Q(outlet__isnull=True, station__isnull=True, unit__isnull=False),
            ),
            models.CheckConstraint(name="channel_scale_positive", condition=Q(scale__gt=0)),
            models.CheckConstraint(
                name="channel_range_ordered",
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lt=F("high")),
            ),
            models.UniqueConstraint(
                name="one_channel_of_a_logger_and_factor",
                fields=["logger", "pollutant"],
                condition=Q(logger__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_manual_channel_of_an_outlet", fields=["outlet", "pollutant"], condition=Q(logger__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["park", "enterprise"]), models.Index(fields=["outlet", "pollutant"])]

    def __str__(self) -> str:
        return f"channel {self.pk} ({self.pollutant_id})"


class Observation(models.Model):
    """The value in force of one channel, interval and time. Made by SQL: partitions or a hypertable by time."""

    pk = models.CompositePrimaryKey("channel_id", "interval", "time")
    channel = models.ForeignKey(Channel, models.DO_NOTHING, db_constraint=False, related_name="+")
    interval = models.SmallIntegerField(choices=INTERVALS)
    time = models.DateTimeField()  # start of the period, or the instant
    value = models.FloatField(null=True)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    total = models.FloatField(null=True)  # the logger's own sum over the period: kg, g or m3
    converted = models.FloatField(null=True)
    converted_min = models.FloatField(null=True)
    converted_max = models.FloatField(null=True)
    flag = models.CharField(max_length=1, default="")
    verdict = models.SmallIntegerField()
    reason = models.SmallIntegerField()
    rule = models.SmallIntegerField()
    version = models.SmallIntegerField(default=1)
    submission_id = models.BigIntegerField()
    asserted_at = models.DateTimeField()  # when the sender said so: QN, else arrival

    class Meta:
        managed = False
        db_table = "monitoring_observation"

    def __str__(self) -> str:
        return f"observation {self.channel_id} {self.interval} {self.time:%Y-%m-%dT%H:%MZ}"


class ObservationVersion(models.Model):
    """A value that was replaced, or that came later but was asserted earlier."""

    channel = models.ForeignKey(Channel, models.DO_NOTHING, db_constraint=False, related_name="+")
    interval = models.SmallIntegerField(choices=INTERVALS)
    time = models.DateTimeField()
    value = models.FloatField(null=True)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    total = models.FloatField(null=True)
    converted = models.FloatField(null=True)
    converted_min = models.FloatField(null=True)
    converted_max = models.FloatField(null=True)
    flag = models.CharField(max_length=1, default="")
    verdict = models.SmallIntegerField()
    reason = models.SmallIntegerField()
    rule = models.SmallIntegerField()
    version = models.SmallIntegerField()
    submission_id = models.BigIntegerField()
    asserted_at = models.DateTimeField()
    replaced_by = models.BigIntegerField()  # the submission whose value is in force instead
    replaced_at = models.DateTimeField()
    why = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["channel", "interval", "time"])]

    def __str__(self) -> str:
        return f"version {self.version} of {self.channel_id} {self.interval} {self.time:%Y-%m-%dT%H:%MZ}"


class Rollup(models.Model):
    """Judged hour, local day or local month of a channel. Made by SQL like the observations."""

    pk = models.CompositePrimaryKey("channel_id", "interval", "time")
    channel = models.ForeignKey(Channel, models.DO_NOTHING, db_constraint=False, related_name="+")
    interval = models.SmallIntegerField(choices=INTERVALS)
    time = models.DateTimeField()
    value = models.FloatField(null=True)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    converted = models.FloatField(null=True)
    coverage = models.FloatField()  # share of the period that is valid, 0 to 1
    verdict = models.SmallIntegerField()
    reason = models.SmallIntegerField()
    rule = models.SmallIntegerField()
    basis = models.SmallIntegerField()  # interval it was made from; its own interval = reported by the logger
    load_kg = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    volume_m3 = models.DecimalField(max_digits=20, decimal_places=3, null=True)
    reported_total = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    computed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "monitoring_rollup"

    def __str__(self) -> str:
        return f"roll-up {self.channel_id} {self.interval} {self.time:%Y-%m-%dT%H:%MZ}"


class Latest(models.Model):
    """The newest observation of each channel and interval; kept by the transaction that stores it."""

    pk = models.CompositePrimaryKey("channel_id", "interval")
    channel = models.ForeignKey(Channel, models.DO_NOTHING, db_constraint=False, related_name="latest")
    interval = models.SmallIntegerField(choices=INTERVALS)
    time = models.DateTimeField()
    value = models.FloatField(null=True)
    converted = models.FloatField(null=True)
    flag = models.CharField(max_length=1, default="")
    verdict = models.SmallIntegerField()
    reason = models.SmallIntegerField()
    submission_id = models.BigIntegerField()
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"latest {self.channel_id} {self.interval}"


class Due(models.Model):
    """A period that must be rolled up again because something inside it changed."""

    pk = models.CompositePrimaryKey("channel_id", "interval", "time")
    channel = models.ForeignKey(Channel, models.DO_NOTHING, db_constraint=False, related_name="+")
    interval = models.SmallIntegerField(choices=INTERVALS)
    time = models.DateTimeField()
    first_at = models.DateTimeField()
    marked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["interval", "marked_at"])]

    def __str__(self) -> str:
        return f"due {self.channel_id} {self.interval} {self.time:%Y-%m-%dT%H:%MZ}"
