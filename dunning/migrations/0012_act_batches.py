import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0010_term_memo"),
        ("dunning", "0011_phone"),
        ("kernel", "0002_raw_lz4"),
    ]

    operations = [
        migrations.AddField(
            model_name="policystep",
            name="charges",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AlterField(
            model_name="wave",
            name="kind",
            field=models.TextField(
                choices=[
                    ("AVVISO", "Invio degli avvisi"),
                    ("SOLLECITO", "Sollecito bonario"),
                    ("ELENCO", "Messaggi da un elenco"),
                    ("TELEFONO", "Messaggio dopo una telefonata"),
                    ("ATTO", "Notifica di atti"),
                ]
            ),
        ),
        migrations.CreateModel(
            name="ActBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("SIMULATO", "Da approvare"),
                            ("IN_CORSO", "In corso"),
                            ("COMPLETATO", "Completato"),
                            ("ANNULLATO", "Annullato"),
                        ],
                        default="SIMULATO",
                    ),
                ),
                ("planned_on", models.DateField()),
                ("due_on", models.DateField()),
                ("reason", models.TextField()),
                ("acts", models.IntegerField(default=0)),
                ("excluded", models.IntegerField(default=0)),
                ("owed_cents", models.BigIntegerField(default=0)),
                ("added_cents", models.BigIntegerField(default=0)),
                ("snapshot_sha256", models.TextField(blank=True)),
                ("message", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("author_id", models.BigIntegerField()),
                ("author_name", models.TextField()),
                ("approved_at", models.DateTimeField(null=True)),
                ("approver_id", models.BigIntegerField(null=True)),
                ("approver_name", models.TextField(blank=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="kernel.job"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="act_batches",
                        to="billing.service",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="act_batches",
                        to="dunning.policystep",
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="act_batches",
                        to="dunning.wave",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ActItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("PRONTO", "Da fare"),
                            ("ESCLUSO", "Escluso"),
                            ("FATTO", "Fatto"),
                            ("SALTATO", "Saltato"),
                        ]
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("channel", models.TextField(blank=True)),
                ("owed_cents", models.BigIntegerField()),
                ("sanctions_cents", models.BigIntegerField(default=0)),
                ("interest_cents", models.BigIntegerField(default=0)),
                ("expenses_cents", models.BigIntegerField(default=0)),
                ("charges_cents", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="dunning.actbatch",
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="act_items",
                        to="billing.position",
                    ),
                ),
                (
                    "replacement",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made_by",
                        to="billing.position",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="actbatch",
            index=models.Index(fields=["-created_at"], name="actbatch_created"),
        ),
        migrations.AddConstraint(
            model_name="actbatch",
            constraint=models.UniqueConstraint(fields=("uuid",), name="actbatch_uuid"),
        ),
        migrations.AddConstraint(
            model_name="actbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gt", models.F("planned_on"))), name="actbatch_due"
            ),
        ),
        migrations.AddIndex(
            model_name="actitem",
            index=models.Index(fields=["batch", "state", "id"], name="actitem_state"),
        ),
        migrations.AddConstraint(
            model_name="actitem",
            constraint=models.UniqueConstraint(fields=("batch", "position"), name="actitem_once"),
        ),
        migrations.AddConstraint(
            model_name="actitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("charges_cents__gte", 0),
                    ("expenses_cents__gte", 0),
                    ("interest_cents__gte", 0),
                    ("sanctions_cents__gte", 0),
                ),
                name="actitem_cents",
            ),
        ),
        migrations.AddConstraint(
            model_name="actitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replacement__isnull", False), ("state", "FATTO")),
                    models.Q(
                        models.Q(("state", "FATTO"), _negated=True), ("replacement__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="actitem_done_has_replacement",
            ),
        ),
    ]
