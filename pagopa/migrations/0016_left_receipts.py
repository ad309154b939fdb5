from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pagopa", "0015_opened_credits"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeftReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("notice_number", models.TextField()),
                ("raw_message_id", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("notice_number", "raw_message_id"), name="leftreceipt_once")
                ],
            },
        ),
    ]
