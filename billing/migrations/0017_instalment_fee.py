from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0016_aging"),
    ]

    operations = [
        migrations.AddField(
            model_name="instalment",
            name="fee_cents",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.CheckConstraint(
                condition=models.Q(("fee_cents__gte", 0)), name="instalment_fee_not_negative"
            ),
        ),
    ]
