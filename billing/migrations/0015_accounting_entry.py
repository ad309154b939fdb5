from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0014_second_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="service",
            name="accounting_entry",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
