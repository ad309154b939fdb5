import uuid
from typing import ClassVar

from django.db import models

from billing.models.collection import Collection
from billing.models.position import Position
from billing.models.service import Service


class Account(models.TextChoices):
    CREDITI = "CREDITI", "Crediti verso i debitori"
    ACCERTATO = "ACCERTATO", "Entrate accertate"
    INCASSI = "INCASSI", "Somme incassate"
    ECCEDENZE = "ECCEDENZE", "Eccedenze da restituire o attribuire"
    ANNULLI = "ANNULLI", "Crediti annullati"
    TERZI = "TERZI", "Somme accreditate direttamente ad altri"
    TESORERIA = "TESORERIA", "Accrediti del tesoriere da attribuire"
    ALTRE_ENTRATE = "ALTRE_ENTRATE", "Entrate di altra natura"


class Transfer(models.Model):
    """A movement of money between two accounts. Append-only: a correction is a new row.

    ``service`` is only said where there is no position to tell it.
    """

    append_only = True

    class Kind(models.TextChoices):
        OPENING = "APERTURA", "Apertura del credito"
        COLLECTION = "INCASSO", "Incasso"
        EXCESS = "ECCEDENZA", "Eccedenza"
        WITHDRAWAL = "ANNULLO", "Annullo del credito"
        SHARE = "QUOTA", "Quota di altro ente"
        STAMP = "BOLLO", "Marca da bollo"
        INTEREST = "INTERESSI", "Interessi maturati"
        COSTS = "SPESE", "Spese addebitate"
        SANCTION = "SANZIONI", "Sanzioni"
        SERVICE_COSTS = "SPESE_NOTIFICA", "Spese di notifica"
        CHARGES = "ONERI", "Oneri di riscossione"
        REDUCTION = "ABBUONO", "Riduzione per pagamento immediato"
        INCREASE = "AUMENTO", "Aumento dell'importo"
        DECREASE = "RIDUZIONE", "Riduzione dell'importo"
        ATTRIBUTION = "ATTRIBUZIONE", "Eccedenza attribuita"
        COLLECTION_BACK = "STORNO_INCASSO", "Storno di incasso"
        OTHER_INCOME = "ALTRA_ENTRATA", "Entrata di altra natura"
        OTHER_INCOME_BACK = "STORNO_ENTRATA", "Storno di entrata di altra natura"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.TextField(choices=Kind.choices)
    debit = models.TextField(choices=Account.choices)
    credit = models.TextField(choices=Account.choices)
    amount_cents = models.BigIntegerField()
    position = models.ForeignKey(
        Position, on_delete=models.PROTECT, related_name="transfers", null=True
    )
    collection = models.ForeignKey(
        Collection, on_delete=models.PROTECT, related_name="transfers", null=True
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    cause = models.TextField(blank=True)
    booked_on = models.DateField()
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Transfer"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="transfer_uuid"),
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0), name="transfer_amount_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="transfer_two_accounts"
            ),
        ]


class LedgerTotal(models.Model):
    """Running totals of transfers, kept in the transfers' own transactions: what the dashboard reads.

    Spread over slots so that two receipts seldom wait for the same row. ``service`` null: money of no known service.
    """

    SLOTS = 16

    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True)
    kind = models.TextField(choices=Transfer.Kind.choices)
    slot = models.SmallIntegerField()
    amount_cents = models.BigIntegerField(default=0)
    transfers = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["LedgerTotal"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "kind", "slot"], name="ledgertotal_slot", nulls_distinct=False
            )
        ]
