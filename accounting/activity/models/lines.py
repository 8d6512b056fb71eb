"""Activity data: what an enterprise burnt, bought, made and treated in a month, with evidence."""

import pgtrigger
from django.db import models
from django.db.models import Q

from parks.portal.audited import Audited

# FOR SHARE waits for a close that is under way, and sees its outcome.
CLOSED_MONTH = """
    FOR found IN SELECT m.state FROM accounting_month m WHERE (m.enterprise_id = NEW.enterprise_id AND m.month = NEW.month)
        OR (m.enterprise_id = OLD.enterprise_id AND m.month = OLD.month) FOR SHARE LOOP
        IF found <> 'OPEN' THEN
            RAISE EXCEPTION 'activity data of a closed month do not change' USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
"""
SOURCES = [("TYPED", "typed in"), ("UPLOADED", "uploaded"), ("DERIVED", "derived from measurements")]
STREAM_KINDS = [("POWER", "power"), ("HEAT", "heat"), ("MATERIAL", "material"), ("SERVICE", "service")]
NODE_KINDS = [
    ("PRODUCTION", "production"),
    ("ENERGY", "energy supply"),
    ("TREATMENT", "treatment"),
    ("STORAGE", "storage"),
    ("SITE", "site"),
]


class Stream(Audited):
    """What plants of the park make for each other and for outside: power, steam of one pressure, hydrogen, a product."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="streams")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=STREAM_KINDS)
    unit = models.CharField(max_length=12)
    carbon = models.DecimalField(max_digits=12, decimal_places=6, null=True)  # tC per unit; of a service, of the waste
    carbon_source = models.CharField(max_length=200, blank=True)
    uncertainty = models.DecimalField(max_digits=6, decimal_places=4, default="0.005")  # relative, of its meters
    is_product = models.BooleanField(default=False)  # has a footprint page
    cbam_good = models.CharField(max_length=40, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_stream_of_a_code", fields=["park", "code"]),
            models.CheckConstraint(name="stream_carbon_not_negative", condition=Q(carbon=None) | Q(carbon__gte=0)),
            models.CheckConstraint(name="stream_uncertainty_range", condition=Q(uncertainty__range=(0, 1))),
        ]

    def __str__(self) -> str:
        return self.name


class ProcessNode(Audited):
    """A process unit, power station, treatment or store: where streams are used and made and emissions arise."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="process_nodes")
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="process_nodes")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=12, choices=NODE_KINDS, default="PRODUCTION")

    class Meta(Audited.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(name="one_process_node_of_a_code", fields=["park", "code"])]

    def __str__(self) -> str:
        return self.name


class ActivityLine(models.Model):
    """One version of one line of a month. A change is another version; the old one stays with its author."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="activity_lines")
    month = models.DateField()  # first day
    code = models.CharField(max_length=60)  # of the source within the enterprise, for example "boiler-1"
    version = models.SmallIntegerField(default=1)
    kind = models.CharField(max_length=40)  # kind of line of the ledger
    values = models.JSONField(default=dict)  # field -> {value, unit, uncertainty, meter, factor}; numbers as text
    # Where it happens and what flows. Energy with a stream stands in the park's balance too, entered once for both.
    node = models.ForeignKey(ProcessNode, models.PROTECT, null=True, related_name="lines")
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, related_name="lines")
    choices = models.JSONField(default=dict)  # for example {"fuel": "natural_gas"}
    groups = models.JSONField(default=dict)  # repeated fields, for example feeds and products
    biogenic = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=SOURCES, default="TYPED")
    quality = models.SmallIntegerField(default=3)  # 1 best to 5
    note = models.CharField(max_length=300, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True)  # SHA-256
    evidence = models.BinaryField(null=True)
    entered_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    removed = models.BooleanField(default=False)  # this version says that the line is gone

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_activity_version", fields=["enterprise", "month", "code", "version"]),
            models.UniqueConstraint(
                name="one_activity_in_force",
                fields=["enterprise", "month", "code"],
                condition=Q(replaced_at__isnull=True),
            ),
            models.CheckConstraint(name="activity_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(name="activity_quality_range", condition=Q(quality__range=(1, 5))),
            models.CheckConstraint(
                name="activity_evidence_has_digest",
                condition=Q(evidence__isnull=True) | Q(evidence_digest__regex=r"^[0-9a-f]{64}$"),
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "month"]), models.Index(fields=["park", "month"])]
        triggers = [
            pgtrigger.Trigger(
                name="closed_month",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("found", "text")],
                func=CLOSED_MONTH,
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.month:%Y-%m} v{self.version}"
