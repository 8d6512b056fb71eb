"""Tables of people: users, what they may do where, keys of programs, and who changed what."""

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from parks.people.domain import Role

AUDIT_DECLARATIONS = [
    ("was", "jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END"),
    ("now_", "jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END"),
    ("row_", "jsonb := COALESCE(now_, was)"),
    ("name", "text"),
]
# Secrets are never written in clear: only that they changed. Visits (last log-in, last use) are no changes.
AUDIT_FUNCTION = """
    FOREACH name IN ARRAY ARRAY['password', 'secret_digest', 'sm4_key'] LOOP
        IF TG_OP = 'UPDATE' AND was -> name IS DISTINCT FROM now_ -> name THEN
            was := jsonb_set(was, ARRAY[name], '"(old secret)"');
            now_ := jsonb_set(now_, ARRAY[name], '"(new secret)"');
        ELSE
            was := was - name;
            now_ := now_ - name;
        END IF;
    END LOOP;
    was := was - 'last_login' - 'last_used_at';
    now_ := now_ - 'last_login' - 'last_used_at';
    IF TG_OP = 'UPDATE' AND was = now_ THEN
        RETURN NULL;
    END IF;
    INSERT INTO parks_auditentry (at, actor_id, action, table_name, row_key, park_id, enterprise_id, before, after)
    VALUES (
        clock_timestamp(),
        NULLIF(current_setting('tongjian.actor', true), '')::bigint,
        COALESCE(NULLIF(current_setting('tongjian.action', true), ''), lower(TG_OP)),
        TG_TABLE_NAME,
        COALESCE(row_ ->> 'id', row_ ->> 'code', ''),
        (row_ ->> CASE TG_TABLE_NAME WHEN 'parks_park' THEN 'id' ELSE 'park_id' END)::bigint,
        (row_ ->> CASE TG_TABLE_NAME WHEN 'parks_enterprise' THEN 'id' ELSE 'enterprise_id' END)::bigint,
        was,
        now_
    );
    RETURN NULL;
"""
AUDIT = pgtrigger.Trigger(
    name="audit",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=AUDIT_DECLARATIONS,
    func=AUDIT_FUNCTION,
)


class Audited(models.Model):
    """A table whose every change is written to the audit trail by the database itself, bulk and SQL writes included."""

    class Meta:
        abstract = True
        triggers = [AUDIT]


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
            models.UniqueConstraint(name="one_membership", fields=["user", "role", "park", "enterprise"], nulls_distinct=False),
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
