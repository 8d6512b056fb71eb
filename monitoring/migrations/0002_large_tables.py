"""The large tables: native partitions by month, or TimescaleDB hypertables where the server offers them."""

from django.db import migrations

OBSERVATION = """
CREATE TABLE monitoring_observation (
    channel_id bigint NOT NULL,
    "interval" smallint NOT NULL CHECK ("interval" BETWEEN 0 AND 4),
    time timestamptz NOT NULL,
    value double precision CHECK (value <> 'NaN' AND abs(value) < 'Infinity'),
    minimum double precision,
    maximum double precision,
    total double precision,
    converted double precision,
    converted_min double precision,
    converted_max double precision,
    flag varchar(1) NOT NULL DEFAULT '',
    verdict smallint NOT NULL,
    reason smallint NOT NULL,
    rule smallint NOT NULL DEFAULT 0,
    version smallint NOT NULL DEFAULT 1 CHECK (version > 0),
    submission_id bigint NOT NULL,
    asserted_at timestamptz NOT NULL,
    PRIMARY KEY (channel_id, "interval", time)
)"""

ROLLUP = """
CREATE TABLE monitoring_rollup (
    channel_id bigint NOT NULL,
    "interval" smallint NOT NULL CHECK ("interval" BETWEEN 2 AND 4),
    time timestamptz NOT NULL,
    value double precision,
    minimum double precision,
    maximum double precision,
    converted double precision,
    coverage double precision NOT NULL CHECK (coverage BETWEEN 0 AND 1),
    verdict smallint NOT NULL,
    reason smallint NOT NULL,
    rule smallint NOT NULL DEFAULT 0,
    basis smallint NOT NULL,
    load_kg numeric(20, 6),
    volume_m3 numeric(20, 3),
    reported_total numeric(20, 6),
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (channel_id, "interval", time)
)"""

SUBMISSION = """
CREATE TABLE monitoring_submission (
    id bigint NOT NULL DEFAULT nextval('monitoring_submission_number'),
    received_at timestamptz NOT NULL,
    job_id bigint NOT NULL,
    kind smallint NOT NULL,
    park_id bigint,
    logger_id bigint,
    mn varchar(64) NOT NULL DEFAULT '',
    qn varchar(24) NOT NULL DEFAULT '',
    peer varchar(64) NOT NULL DEFAULT '',
    arrival smallint NOT NULL,
    digest bytea NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (id, received_at)
)"""

TABLES = (
    ("monitoring_observation", OBSERVATION, "time"),
    ("monitoring_rollup", ROLLUP, "time"),
    ("monitoring_submission", SUBMISSION, "received_at"),
)

# Raw input is never altered and channels with data are never deleted; the database holds both rules.
GUARDS = """
CREATE FUNCTION monitoring_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is not allowed: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER submission_append_only BEFORE UPDATE OR DELETE ON monitoring_submission
    FOR EACH ROW EXECUTE FUNCTION monitoring_refuse('the raw journal is append-only');
CREATE TRIGGER channel_never_deleted BEFORE DELETE ON monitoring_channel
    FOR EACH ROW EXECUTE FUNCTION monitoring_refuse('a channel is switched off, its series stay');
"""


def offers_timescale(cursor) -> bool:
    """Whether hypertables can be made here: the extension is installed and preloaded."""
    cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
    if cursor.fetchone() is None:
        return False
    cursor.execute("SELECT current_setting('shared_preload_libraries')")
    return "timescaledb" in cursor.fetchone()[0]


def make_tables(apps, editor) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE monitoring_submission_number AS bigint CACHE 1")
        hypertables = offers_timescale(cursor)
        if hypertables:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        for name, text, column in TABLES:
            cursor.execute(text if hypertables else f"{text} PARTITION BY RANGE ({column})")
            if hypertables:
                cursor.execute(
                    "SELECT create_hypertable(%s::regclass, by_range(%s, INTERVAL '1 month'), create_default_indexes => false)",
                    [name, column],
                )
        cursor.execute("CREATE INDEX submission_job ON monitoring_submission (job_id)")
        cursor.execute("CREATE INDEX submission_mn ON monitoring_submission (mn, received_at)")
        cursor.execute(GUARDS)


def drop_tables(apps, editor) -> None:
    with editor.connection.cursor() as cursor:
        for name, _text, _column in TABLES:
            cursor.execute(f"DROP TABLE {name} CASCADE")
        cursor.execute("DROP TRIGGER channel_never_deleted ON monitoring_channel")
        cursor.execute("DROP FUNCTION monitoring_refuse() CASCADE")
        cursor.execute("DROP SEQUENCE monitoring_submission_number")


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]
    operations = [migrations.RunPython(make_tables, drop_tables)]
