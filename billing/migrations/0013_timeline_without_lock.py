import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0012_opened_credits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="timelineentry",
            name="position",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="timeline",
                to="billing.position",
            ),
        ),
    ]
