"""Drives of a vehicle that measures on its way. What was sent is never changed; another file is another drive."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from monitoring.tracing.models.siting import ToldRun

LONGEST_DELAY = 300.0  # [s] of an inlet or a receiver


class Drive(models.Model):
    """One drive: the file as it was sent, and when and with what it was driven."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="drives")
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    vehicle = models.CharField(max_length=40, blank=True)
    inlet_delay_s = models.FloatField(default=0.0)  # from the inlet to the answer of the analyser
    receiver_lag_s = models.FloatField(default=0.0)  # age of a reported position
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    count = models.IntegerField()  # of readings that were taken
    refused = models.JSONField(default=list)  # rows of the file that were left out: row, field, rule
    file_name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)  # of the file, SHA-256
    content = models.BinaryField()
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_drive_of_a_file", fields=["park", "pollutant", "digest"]),
            models.CheckConstraint(name="drive_has_title", condition=~Q(title="")),
            models.CheckConstraint(name="drive_has_length", condition=Q(ended_at__gt=F("began_at"), count__gt=1)),
            models.CheckConstraint(name="drive_has_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="drive_delays_are_short", condition=Q(inlet_delay_s__range=(0, LONGEST_DELAY), receiver_lag_s__range=(0, LONGEST_DELAY))
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["park", "-began_at"])]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title


class DriveReading(models.Model):
    """One reading where the vehicle was. The key holds the time, as a hypertable needs it."""

    pk = models.CompositePrimaryKey("drive_id", "time")
    drive = models.ForeignKey(Drive, models.PROTECT, related_name="readings")
    time = models.DateTimeField()
    row = models.IntegerField()  # of the file
    lon = models.FloatField()
    lat = models.FloatField()
    height_m = models.FloatField()  # of the inlet above ground
    value = models.FloatField()  # [ug/m3]

    class Meta:
        constraints = [
            models.CheckConstraint(name="drive_reading_on_earth", condition=Q(lon__range=(-180, 180), lat__range=(-90, 90))),
            models.CheckConstraint(name="drive_reading_near_ground", condition=Q(height_m__range=(0, 200))),
        ]  # fmt: skip
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"reading {self.time:%Y-%m-%dT%H:%M:%SZ} of drive {self.drive_id}"


class DriveTrace(ToldRun):
    """One search for the points behind the readings of a drive."""

    drive = models.ForeignKey(Drive, models.PROTECT, related_name="traces")

    def __str__(self) -> str:
        return f"trace {self.pk} of drive {self.drive_id}"
