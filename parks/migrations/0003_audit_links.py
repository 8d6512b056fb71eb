"""Links between units, outlets, instruments and factors are part of the register: their changes are audited as well."""

from django.db import migrations

LINKS = ("parks_outlet_units", "parks_unit_upstream", "parks_instrument_pollutants")
FUNCTION = """
CREATE FUNCTION parks_audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row_ jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    ground bigint;
    owner bigint;
BEGIN
    IF row_ ? 'instrument_id' THEN
        SELECT l.park_id, l.enterprise_id INTO ground, owner FROM parks_instrument i JOIN parks_logger l ON l.id = i.logger_id
        WHERE i.id = (row_ ->> 'instrument_id')::bigint;
    ELSE
        SELECT e.park_id, e.id INTO ground, owner FROM parks_unit u JOIN parks_enterprise e ON e.id = u.enterprise_id
        WHERE u.id = COALESCE(row_ ->> 'unit_id', row_ ->> 'from_unit_id')::bigint;
    END IF;
    INSERT INTO parks_auditentry (at, actor_id, action, table_name, row_key, park_id, enterprise_id, before, after)
    VALUES (
        clock_timestamp(),
        NULLIF(current_setting('tongjian.actor', true), '')::bigint,
        COALESCE(NULLIF(current_setting('tongjian.action', true), ''), lower(TG_OP)),
        TG_TABLE_NAME, row_ ->> 'id', ground, owner,
        CASE WHEN TG_OP = 'DELETE' THEN row_ END,
        CASE WHEN TG_OP <> 'DELETE' THEN row_ END
    );
    RETURN NULL;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("parks", "0002_audit_by_park_and_whole_positions")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION parks_audit_link() CASCADE"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION parks_audit_link()",
                f"DROP TRIGGER audit ON {table}",
            )
            for table in LINKS
        ),
    ]
