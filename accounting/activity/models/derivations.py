"""Where lines come from: channels of the monitoring, rows of uploads; and certificates of bought power."""

from django.db import models
from django.db.models import F, Q

from accounting.activity.domain.derived import Measure
from accounting.activity.models.lines import ActivityLine, ProcessNode, Stream
from parks.portal.audited import Audited


class Derivation(Audited):
    """A quantity of a line that is summed from a channel. Several channels of one quantity add up."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="derivations")
    code = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    choices = models.JSONField(default=dict)
    field = models.CharField(max_length=40)
    channel = models.ForeignKey("monitoring.Channel", models.PROTECT, related_name="derivations")
    measure = models.CharField(max_length=10, choices=[(m.value, m.name) for m in Measure])
    scale = models.DecimalField(max_digits=24, decimal_places=12, default=1)  # measure x scale = unit
    unit = models.CharField(max_length=24)
    uncertainty = models.DecimalField(max_digits=6, decimal_places=4, null=True)  # of the meter, relative
    node = models.ForeignKey(ProcessNode, models.PROTECT, null=True, related_name="+")
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()  # first day of a month
    valid_to = models.DateField(null=True)  # first month in which it no longer holds

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                name="one_derivation_a_channel", fields=["enterprise", "code", "field", "channel", "valid_from"]
            ),
            models.CheckConstraint(name="derivation_month_is_a_first", condition=Q(valid_from__day=1)),
            models.CheckConstraint(
                name="derivation_valid_in_order", condition=Q(valid_to=None) | Q(valid_from__lt=F("valid_to"))
            ),
            models.CheckConstraint(name="derivation_scale_not_zero", condition=~Q(scale=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code}.{self.field} from channel {self.channel_id}"


class TakenRow(models.Model):
    """A row of an upload that was taken, and the line it stands in."""

    receipt = models.ForeignKey("monitoring.Receipt", models.PROTECT, related_name="+")
    row = models.IntegerField()
    outcome = models.CharField(max_length=8, choices=[(o, o) for o in ("new", "same", "changed")])
    line = models.ForeignKey(ActivityLine, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_outcome_a_row", fields=["receipt", "row"])]

    def __str__(self) -> str:
        return f"row {self.row} {self.outcome}"


class Certificate(Audited):
    """A green certificate or direct line that covers bought power, retired once and for one line of one month."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=80, unique=True)
    mwh = models.DecimalField(max_digits=18, decimal_places=6)
    acquisition = models.CharField(max_length=80)  # bought, direct line, own plant
    attribute = models.CharField(max_length=80)  # wind, solar, hydro
    proof = models.CharField(max_length=200)
    month = models.DateField()
    line_code = models.CharField(max_length=60)
    entered_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="certificate_mwh_positive", condition=Q(mwh__gt=0)),
            models.CheckConstraint(name="certificate_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="certificate_proven", condition=~Q(acquisition="") & ~Q(attribute="") & ~Q(proof="")
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "month"])]

    def __str__(self) -> str:
        return self.number
