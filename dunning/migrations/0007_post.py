import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dunning", "0006_texts"),
        ("kernel", "0002_raw_lz4"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrintBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                (
                    "product",
                    models.TextField(
                        choices=[
                            ("ORDINARIA", "Posta ordinaria"),
                            ("RACCOMANDATA_AR", "Raccomandata A/R"),
                        ]
                    ),
                ),
                ("letters_count", models.IntegerField(default=0)),
                ("pages", models.IntegerField(default=0)),
                ("file", models.TextField(blank=True)),
                ("sha256", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("sent_by", models.TextField(blank=True)),
                (
                    "job",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="kernel.job"),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="print_batches",
                        to="dunning.wave",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField()),
                ("part", models.IntegerField()),
                ("first_page", models.IntegerField(default=0)),
                ("pages", models.IntegerField(default=0)),
                ("code", models.TextField()),
                ("lines", models.JSONField()),
                ("words", models.JSONField()),
                ("registered_number", models.TextField(blank=True)),
                ("posted_on", models.DateField(null=True)),
                ("notice_on", models.DateField(null=True)),
                (
                    "outcome",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("ACCETTATA", "Accettata dalle poste"),
                            ("IN_GIACENZA", "In giacenza"),
                            ("SMARRITA", "Smarrita o rubata"),
                            ("INDIRIZZO", "Indirizzo inesatto"),
                            ("IRREPERIBILE", "Destinatario irreperibile"),
                            ("DECEDUTO", "Destinatario deceduto"),
                            ("COMPIUTA_GIACENZA", "Compiuta giacenza"),
                            ("RIFIUTATA", "Rifiutata"),
                            ("RITIRATA", "Ritirata in giacenza"),
                            ("CONSEGNATA", "Consegnata"),
                        ],
                    ),
                ),
                ("outcome_on", models.DateField(null=True)),
                ("perfected_on", models.DateField(null=True)),
                ("perfected_by", models.TextField(blank=True)),
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter",
                        to="dunning.attempt",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="dunning.printbatch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceiptCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                ("file", models.TextField()),
                ("mime", models.TextField()),
                ("sha256", models.TextField()),
                ("place", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("actor_name", models.TextField()),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="dunning.letter",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AddressTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.TextField(
                        choices=[("PRIMA", "Non stampabile"), ("RITORNO", "Tornata al mittente")]
                    ),
                ),
                ("cause", models.TextField()),
                ("address", models.TextField(blank=True)),
                ("opened_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.TextField(blank=True)),
                (
                    "end",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("CORRETTO", "Indirizzo corretto: la lettera si ripete"),
                            ("ABBANDONATO", "Nessun indirizzo trovato"),
                        ],
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="address_tasks",
                        to="dunning.waveitem",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="address_tasks",
                        to="dunning.letter",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("item",),
                        name="addresstask_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LetterEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.TextField(
                        choices=[
                            ("ACCETTATA", "Accettata dalle poste"),
                            ("IN_GIACENZA", "In giacenza"),
                            ("SMARRITA", "Smarrita o rubata"),
                            ("INDIRIZZO", "Indirizzo inesatto"),
                            ("IRREPERIBILE", "Destinatario irreperibile"),
                            ("DECEDUTO", "Destinatario deceduto"),
                            ("COMPIUTA_GIACENZA", "Compiuta giacenza"),
                            ("RIFIUTATA", "Rifiutata"),
                            ("RITIRATA", "Ritirata in giacenza"),
                            ("CONSEGNATA", "Consegnata"),
                        ]
                    ),
                ),
                ("code", models.TextField()),
                ("happened_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("actor_name", models.TextField()),
                ("raw_message_id", models.BigIntegerField(null=True)),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="dunning.letter",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("letter", "code", "happened_on"), name="letterevent_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="printbatch",
            index=models.Index(fields=["-created_at"], name="printbatch_created"),
        ),
        migrations.AddConstraint(
            model_name="printbatch",
            constraint=models.UniqueConstraint(fields=("uuid",), name="printbatch_uuid"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["batch", "part"], name="letter_part"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(fields=("code",), name="letter_code"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(fields=("batch", "number"), name="letter_once"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("registered_number", ""), _negated=True),
                fields=("registered_number",),
                name="letter_registered_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptcard",
            constraint=models.UniqueConstraint(fields=("uuid",), name="receiptcard_uuid"),
        ),
        migrations.AddConstraint(
            model_name="receiptcard",
            constraint=models.UniqueConstraint(
                fields=("letter", "sha256"), name="receiptcard_once"
            ),
        ),
    ]
