"""Tables of the intake: the raw journal, jobs, quarantine, receipts, connections."""

from django.db import models
from django.db.models import Q

from monitoring.intake.domain import Arrival, JobKind, JobState, QuarantineState, SubmissionKind


class Submission(models.Model):
    """One thing that came in, exactly as it came in. Append-only; made by SQL, partitioned by arrival."""

    pk = models.CompositePrimaryKey("id", "received_at")
    id = models.BigIntegerField()
    received_at = models.DateTimeField()
    job_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=[(k.value, k.name) for k in SubmissionKind])
    park_id = models.BigIntegerField(null=True)
    logger_id = models.BigIntegerField(null=True)
    mn = models.CharField(max_length=64)
    qn = models.CharField(max_length=24)
    peer = models.CharField(max_length=64)
    arrival = models.SmallIntegerField(choices=[(a.value, a.name) for a in Arrival])
    digest = models.BinaryField()
    raw = models.BinaryField()

    class Meta:
        managed = False
        db_table = "monitoring_submission"

    def __str__(self) -> str:
        return f"submission {self.pk}"


class Job(models.Model):
    """Work to do on what came in. Lives here, not in the broker: Celery only carries its number."""

    kind = models.SmallIntegerField(choices=[(k.value, k.name) for k in JobKind])
    state = models.SmallIntegerField(choices=[(s.value, s.name) for s in JobState], default=JobState.WAITING.value)
    created_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    size = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="job_done_has_time",
                condition=Q(state=JobState.DONE.value, done_at__isnull=False) | ~Q(state=JobState.DONE.value),
            )
        ]
        indexes = [models.Index(fields=["kind", "id"], name="job_open", condition=~Q(state=JobState.DONE.value))]

    def __str__(self) -> str:
        return f"job {self.pk}"


class Quarantine(models.Model):
    """A case: submissions of one sender that could not be used for one reason. The frames stay in the journal.

    A misconfigured logger sends the same mistake twice a minute; one case counts them and keeps the span of time,
    so that all of them can be worked through again after the repair.
    """

    park_id = models.BigIntegerField(null=True)
    logger_id = models.BigIntegerField(null=True)
    mn = models.CharField(max_length=64)
    peer = models.CharField(max_length=64, default="")
    code = models.CharField(max_length=48)
    subject = models.CharField(max_length=64, default="")  # the factor or field it is about
    detail = models.CharField(max_length=300)
    count = models.BigIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_submission_id = models.BigIntegerField()
    state = models.SmallIntegerField(
        choices=[(s.value, s.name) for s in QuarantineState], default=QuarantineState.OPEN.value
    )
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("parks.User", models.PROTECT, null=True, blank=True)
    note = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mn", "code", "subject"], condition=Q(state=QuarantineState.OPEN.value), name="one_open_case"
            ),
            models.CheckConstraint(condition=Q(first_at__lte=models.F("last_at")), name="case_span_ordered"),
        ]
        indexes = [models.Index(fields=["state", "-last_at"])]

    def __str__(self) -> str:
        return f"quarantine {self.pk} {self.code}"


class LoggerState(models.Model):
    """What the gateway knows of a logger: last contact and counters. Rewritten often, hence apart from the register."""

    logger = models.OneToOneField("parks.Logger", models.CASCADE, primary_key=True, related_name="+")
    peer = models.CharField(max_length=64, default="")
    dialect = models.SmallIntegerField(null=True)
    last_frame_at = models.DateTimeField(null=True)
    last_qn = models.CharField(max_length=24, default="")
    frames = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    crc_errors = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"state of logger {self.logger_id}"


class IntakeMinute(models.Model):
    """Counters of one minute of intake, for the monitor: nothing received is unaccounted for."""

    park_id = models.BigIntegerField(default=0)
    minute = models.DateTimeField()
    received = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    crc_errors = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["park_id", "minute"], name="one_row_a_minute")]

    def __str__(self) -> str:
        return f"intake {self.minute:%Y-%m-%dT%H:%MZ}"


class Receipt(models.Model):
    """What an enterprise gets for an upload: progress, then counts, then each refused row."""

    park_id = models.BigIntegerField()
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT)
    job = models.OneToOneField(Job, models.PROTECT, null=True)
    kind = models.SmallIntegerField(choices=[(k.value, k.name) for k in SubmissionKind if k.is_message])
    key = models.CharField(max_length=100, blank=True)  # Idempotency-Key
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey("parks.ApiToken", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=8, choices=[(s, s) for s in ("WAITING", "RUNNING", "DONE", "FAILED")], default="WAITING"
    )
    done_rows = models.IntegerField(default=0)
    received = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_receipt_of_a_key", fields=["enterprise", "key"], condition=~Q(key="")),
            models.CheckConstraint(
                name="receipt_adds_up",
                condition=~Q(state="DONE")
                | Q(received=models.F("new") + models.F("same") + models.F("changed") + models.F("refused")),
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "-id"])]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class RefusedRow(models.Model):
    """A row of an upload that was not taken: where, which field, which rule, what stood there."""

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="refused_rows")
    row = models.IntegerField()
    field = models.CharField(max_length=40)
    rule = models.CharField(max_length=60)
    value = models.CharField(max_length=120)
    message = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(fields=["receipt", "row"])]

    def __str__(self) -> str:
        return f"row {self.row} of receipt {self.receipt_id}"
