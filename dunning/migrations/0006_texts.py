import django.db.models.deletion
from django.db import migrations, models

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))  # fmt: skip
ACTS = [
    ("AVVISO", "Avviso bonario"),
    ("MEMO", "Promemoria"),
    ("SOLLECITO", "Sollecito bonario"),
    ("DIFFIDA", "Sollecito formale"),
    ("ACCERTAMENTO", "Accertamento esecutivo"),
]
FORMS = [("SMS", "SMS"), ("EMAIL", "E-mail"), ("PEC", "PEC"), ("LETTERA", "Lettera")]
KINDS = [("APPROVATO", "Autorizzato"), ("RESPINTO", "Respinto"), ("RITIRATO", "Ritirato")]


class Migration(migrations.Migration):
    dependencies = [("dunning", "0005_acts_and_outcomes")]

    operations = [
        migrations.AddField("wave", "texts", models.JSONField(default=dict)),
        migrations.CreateModel(
            name="TextVersion",
            fields=[
                ID,
                ("act", models.TextField(choices=ACTS)),
                ("form", models.TextField(choices=FORMS)),
                ("version", models.IntegerField()),
                ("subject", models.TextField(blank=True)),
                ("blocks", models.JSONField()),
                ("term_days", models.SmallIntegerField()),
                ("second_language", models.TextField(blank=True)),
                ("second", models.TextField(blank=True)),
                ("references", models.JSONField(default=dict)),
                ("sha256", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("author_id", models.BigIntegerField()),
                ("author_name", models.TextField()),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="billing.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["service", "act", "form", "version"], name="textversion_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(term_days__gte=1, term_days__lte=365),
                        name="textversion_term",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="TextDecision",
            fields=[
                ID,
                ("kind", models.TextField(choices=KINDS)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("person_id", models.BigIntegerField()),
                ("person_name", models.TextField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="dunning.textversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["version", "kind"], name="textdecision_once")
                ]
            },
        ),
    ]
