"""Tables whose every change the database itself writes down."""

import pgtrigger
from django.db import models

AUDIT_DECLARATIONS = [
    ("was", "jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END"),
    ("now_", "jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END"),
    ("row_", "jsonb := COALESCE(now_, was)"),
    ("name", "text"),
    ("ground", "bigint := (row_ ->> CASE TG_TABLE_NAME WHEN 'parks_park' THEN 'id' ELSE 'park_id' END)::bigint"),
    (
        "owner",
        "bigint := (row_ ->> CASE TG_TABLE_NAME WHEN 'parks_enterprise' THEN 'id' ELSE 'enterprise_id' END)::bigint",
    ),
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
    -- A row that does not name its park belongs to that of its permit, logger or enterprise.
    IF ground IS NULL AND row_ ? 'permit_id' THEN
        SELECT park_id, enterprise_id INTO ground, owner FROM parks_permit WHERE id = (row_ ->> 'permit_id')::bigint;
    ELSIF ground IS NULL AND row_ ? 'logger_id' THEN
        SELECT park_id, enterprise_id INTO ground, owner FROM parks_logger WHERE id = (row_ ->> 'logger_id')::bigint;
    ELSIF ground IS NULL AND owner IS NOT NULL THEN
        SELECT park_id INTO ground FROM parks_enterprise WHERE id = owner;
    END IF;
    INSERT INTO parks_auditentry (at, actor_id, action, table_name, row_key, park_id, enterprise_id, before, after)
    VALUES (
        clock_timestamp(),
        NULLIF(current_setting('tongjian.actor', true), '')::bigint,
        COALESCE(NULLIF(current_setting('tongjian.action', true), ''), lower(TG_OP)),
        TG_TABLE_NAME,
        COALESCE(row_ ->> 'id', row_ ->> 'code', ''),
        ground,
        owner,
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
