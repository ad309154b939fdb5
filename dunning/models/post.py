import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from dunning.models.attempt import Attempt
from dunning.models.wave import Wave, WaveItem
from dunning.rules.post import PostOutcome, Product
from paybox.kernel.models import Job

PRODUCTS = [(one.value, one.label) for one in Product]
OUTCOMES = [(one.value, one.label) for one in PostOutcome]


class PrintBatch(models.Model):
    """The letters of one wave for the printer: PDF/A in parts and the manifest, one file with its checksum."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="print_batches")
    job = models.ForeignKey(Job, on_delete=models.PROTECT)
    product = models.TextField(choices=PRODUCTS)
    letters_count = models.IntegerField(default=0)
    pages = models.IntegerField(default=0)
    file = models.TextField(blank=True)
    sha256 = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(blank=True)

    objects: ClassVar[models.Manager["PrintBatch"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="printbatch_uuid")]
        indexes = [models.Index(fields=["-created_at"], name="printbatch_created")]


class Letter(models.Model):
    """One letter of a batch: its words frozen, where it is in the file, and what the post said of it."""

    id: int
    batch = models.ForeignKey(PrintBatch, on_delete=models.PROTECT, related_name="letters")
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="letter")
    number = models.IntegerField()
    part = models.IntegerField()
    first_page = models.IntegerField(default=0)  # within its part
    pages = models.IntegerField(default=0)
    code = models.TextField()  # the digits of its barcode
    lines = models.JSONField()  # the window of the envelope, the name first
    words = models.JSONField()
    registered_number = models.TextField(blank=True)
    posted_on = models.DateField(null=True)
    notice_on = models.DateField(null=True)  # when the notice of the stay was left
    outcome = models.TextField(choices=OUTCOMES, blank=True)
    outcome_on = models.DateField(null=True)
    perfected_on = models.DateField(null=True)
    perfected_by = models.TextField(blank=True)
    billed_mills = models.IntegerField(null=True)  # what the operator asks, thousandths of a euro

    objects: ClassVar[models.Manager["Letter"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="letter_code"),
            models.UniqueConstraint(fields=["batch", "number"], name="letter_once"),
            models.UniqueConstraint(
                fields=["registered_number"], name="letter_registered_number",
                condition=~models.Q(registered_number=""),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["batch", "part"], name="letter_part")]


class LetterEvent(models.Model):
    """What the post said of a letter, as it said it: once however often the file is read. Append-only."""

    append_only = True

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="events")
    outcome = models.TextField(choices=OUTCOMES)
    code = models.TextField()
    happened_on = models.DateField()
    at = models.DateTimeField()
    actor_name = models.TextField()
    raw_message_id = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager["LetterEvent"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "code", "happened_on"], name="letterevent_once"
            )
        ]
        indexes = [BrinIndex(fields=["at"], name="letterevent_time", autosummarize=True)]


class UnreadOutcome(models.Model):
    """A row of a provider's file that nobody taught us to read, word for word, until a person says what it means."""

    id: int
    provider = models.TextField()
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="unread", null=True)
    letter_code = models.TextField(blank=True)
    registered_number = models.TextField(blank=True)
    code = models.TextField()
    on_text = models.TextField(blank=True)
    notice_text = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    raw_message_id = models.BigIntegerField()
    outcome = models.TextField(choices=OUTCOMES, blank=True)  # as the person said; empty: put aside
    note = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)

    objects: ClassVar[models.Manager["UnreadOutcome"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "letter_code", "registered_number", "code", "on_text"],
                name="unreadoutcome_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["opened_at"],
                name="unreadoutcome_open",
                condition=models.Q(settled_at__isnull=True),
            )
        ]


class ReceiptCard(models.Model):
    """The card that came back of a registered letter: its scan, and where the paper is kept. Append-only."""

    append_only = True

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="cards")
    file = models.TextField()
    mime = models.TextField()
    sha256 = models.TextField()
    place = models.TextField(blank=True)  # box and number of the paper
    at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["ReceiptCard"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="receiptcard_uuid"),
            models.UniqueConstraint(fields=["letter", "sha256"], name="receiptcard_once"),
        ]


class AddressTask(models.Model):
    """An address that will not do, until a person has put it right or given it up."""

    class Source(models.TextChoices):
        BEFORE = "PRIMA", "Non stampabile"
        RETURNED = "RITORNO", "Tornata al mittente"

    class End(models.TextChoices):
        CORRECTED = "CORRETTO", "Indirizzo corretto: la lettera si ripete"
        GIVEN_UP = "ABBANDONATO", "Nessun indirizzo trovato"

    id: int
    item = models.ForeignKey(WaveItem, on_delete=models.PROTECT, related_name="address_tasks")
    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, related_name="address_tasks", null=True
    )
    source = models.TextField(choices=Source.choices)
    cause = models.TextField()
    address = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)
    end = models.TextField(choices=End.choices, blank=True)
    note = models.TextField(blank=True)

    objects: ClassVar[models.Manager["AddressTask"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="addresstask_open_once",
                condition=models.Q(settled_at__isnull=True),
            )
        ]  # fmt: skip
