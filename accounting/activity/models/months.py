"""States of months, and the review of a closed month: findings, sample, verdicts, signature."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounting.activity.domain.months import MonthState, Step
from accounting.activity.models.lines import ActivityLine
from parks.portal.audited import Audited

# A signature, a sample whose lines were all accepted, and nothing that somebody objected to.
UNSIGNED_MONTH = """
    IF NEW.state = 'VERIFIED' AND OLD.state <> 'VERIFIED' AND (
        NOT EXISTS (SELECT 1 FROM accounting_monthsignature s WHERE s.month_id = NEW.id AND s.closing = NEW.closings)
        OR NOT EXISTS (SELECT 1 FROM accounting_monthsample p WHERE p.month_id = NEW.id AND p.closing = NEW.closings)
        OR EXISTS (SELECT 1 FROM accounting_linereview r
                   WHERE r.month_id = NEW.id AND r.closing = NEW.closings AND r.verdict = 'OBJECTED')
        OR EXISTS (SELECT 1 FROM accounting_monthsample p, jsonb_array_elements_text(p.line_ids) AS wanted
                   WHERE p.month_id = NEW.id AND p.closing = NEW.closings AND NOT EXISTS (
                       SELECT 1 FROM accounting_linereview r WHERE r.month_id = NEW.id AND r.closing = NEW.closings
                       AND r.line_id = wanted::bigint AND r.verdict = 'ACCEPTED'))
    ) THEN
        RAISE EXCEPTION 'a month is verified when its sample was accepted and it is signed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Month(Audited):
    """The state of one month of one enterprise."""

    park = models.ForeignKey("parks.Park", models.PROTECT)
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, related_name="months")
    month = models.DateField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.name) for s in MonthState], default=MonthState.OPEN.value
    )
    closings = models.SmallIntegerField(default=0)  # how often it was closed; a review belongs to one closing
    closed_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    verified_by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_state_a_month", fields=["enterprise", "month"]),
            models.CheckConstraint(name="state_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="verified_by_another",
                condition=Q(verified_by=None) | Q(closed_by=None) | ~Q(verified_by=F("closed_by")),
            ),
        ]
        # Audited brings its own; what a subclass names replaces it.
        triggers = [
            *Audited.Meta.triggers,
            pgtrigger.Trigger(name="signed", when=pgtrigger.Before, operation=pgtrigger.Update, func=UNSIGNED_MONTH),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"


class MonthStep(models.Model):
    """A step in the life of a month: who, when, why."""

    month = models.ForeignKey(Month, models.CASCADE, related_name="steps")
    step = models.CharField(max_length=8, choices=[(s.value, s.name) for s in Step])
    at = models.DateTimeField()
    by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.step} {self.at:%Y-%m-%d}"


class Review(models.Model):
    """What belongs to one closing of a month."""

    month = models.ForeignKey(Month, models.PROTECT, related_name="+")
    closing = models.SmallIntegerField()  # `closings` of the month
    at = models.DateTimeField()
    by = models.ForeignKey("parks.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True


class MonthFinding(Review):
    """What looked odd when a month was closed, and what the enterprise says to it."""

    rule = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    details = models.JSONField(default=dict)
    comment = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_finding_a_rule", fields=["month", "closing", "rule", "code"]),
            models.CheckConstraint(name="finding_has_comment", condition=~Q(comment="")),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.rule} {self.code}"


class MonthSample(Review):
    """Which lines a verifier must see: drawn at random with a stored seed, and all that have a finding.

    A verifier who wants to see more adds a larger sample from the same seed.
    """

    seed = models.BigIntegerField()
    share = models.DecimalField(max_digits=5, decimal_places=4)
    least = models.SmallIntegerField()
    line_ids = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_sample_a_share", fields=["month", "closing", "share"]),
            models.CheckConstraint(name="sample_share_range", condition=Q(share__gt=0, share__lte=1)),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"sample of {self.month_id} with seed {self.seed}"


class LineReview(Review):
    """What a verifier found of one line."""

    line = models.ForeignKey(ActivityLine, models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=8, choices=[("ACCEPTED", "accepted"), ("OBJECTED", "objected")])
    remark = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_review_a_line", fields=["month", "closing", "line"]),
            models.CheckConstraint(name="objection_has_remark", condition=Q(verdict="ACCEPTED") | ~Q(remark="")),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.line_id}"


class MonthSignature(Review):
    """Who stands behind a verified month: name, moment, and the fingerprint of its lines. Kept when it is reopened."""

    name = models.CharField(max_length=150)
    lines = models.JSONField()  # id, code and version of each line
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_signature_a_closing", fields=["month", "closing"]),
            models.CheckConstraint(name="signature_has_name", condition=~Q(name="")),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"signature of {self.month_id} by {self.name}"
