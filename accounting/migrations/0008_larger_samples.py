from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounting", "0007_balance_simulations")]

    operations = [
        migrations.RemoveConstraint(model_name="monthsample", name="one_sample_a_closing"),
        migrations.AddConstraint(
            model_name="monthsample",
            constraint=models.UniqueConstraint(fields=("month", "closing", "share"), name="one_sample_a_share"),
        ),
    ]
