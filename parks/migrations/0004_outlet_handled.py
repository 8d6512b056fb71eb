"""What an outlet may emit; changes of the list are audited as those of the other links are."""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("parks.migrations.0003_audit_links").FUNCTION.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
OF_OUTLET = """    ELSIF row_ ? 'outlet_id' AND row_ ? 'pollutant_id' THEN
        SELECT e.park_id, e.id INTO ground, owner FROM parks_outlet o JOIN parks_enterprise e ON e.id = o.enterprise_id
        WHERE o.id = (row_ ->> 'outlet_id')::bigint;
    ELSE"""
AFTER = BEFORE.replace("    ELSE\n", OF_OUTLET + "\n", 1)
TRIGGER = "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON parks_outlet_handled FOR EACH ROW EXECUTE FUNCTION parks_audit_link()"


class Migration(migrations.Migration):
    dependencies = [("parks", "0003_audit_links")]
    operations = [
        migrations.AddField(
            model_name="outlet",
            name="handled",
            field=models.ManyToManyField(blank=True, related_name="+", to="parks.pollutant"),
        ),
        migrations.RunSQL(AFTER, BEFORE),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER audit ON parks_outlet_handled"),
    ]
