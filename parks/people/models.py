"""Tables of people: users, what they may do where, keys of programs, and who changed what."""

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from parks.people.domain import Role
from parks.portal.audited import Audited


class User(AbstractUser):
    """A person who logs in."""

    display_name = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")

    class Meta(Audited.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.display_name or self.username


class Membership(Audited):
    """A role of a user in a park, or for one enterprise of it."""

    user = models.ForeignKey("parks.User", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(r.value, r.name) for r in Role])
    park = models.ForeignKey("parks.Park", models.CASCADE)
    enterprise = models.ForeignKey("parks.Enterprise", models.CASCADE, null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                name="one_membership", fields=["user", "role", "park", "enterprise"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="enterprise_roles_have_an_enterprise",
                condition=Q(role__in=[r.value for r in Role if r.of_enterprise], enterprise__isnull=False)
                | Q(role__in=[r.value for r in Role if not r.of_enterprise], enterprise__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ApiToken(Audited):
    """A key with which a program of one enterprise uploads. Only the digest of the secret is kept."""

    park = models.ForeignKey("parks.Park", models.CASCADE)
    enterprise = models.ForeignKey("parks.Enterprise", models.CASCADE)
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12)
    secret_digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=32))
    created_by = models.ForeignKey("parks.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                name="token_expires_later", condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return f"token {self.prefix}"


class AuditEntry(models.Model):
    """One change: who, when, before, after. Written by the database, never changed or deleted."""

    at = models.DateTimeField()
    actor = models.ForeignKey("parks.User", models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    action = models.CharField(max_length=60)
    table_name = models.CharField(max_length=60)
    row_key = models.CharField(max_length=40)
    park_id = models.BigIntegerField(null=True)
    enterprise_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["park_id", "-at"]), models.Index(fields=["table_name", "row_key", "-at"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.row_key}"
