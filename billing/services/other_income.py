"""Chapter 8 – income of another kind: money of the treasurer that no notice asked for, put on a service's chapter.

Before: somebody has said what a credit is.  After: the books, by chapter. Taken back by an opposite transfer.
"""

from datetime import datetime

from django.db import transaction

from billing.models import Service, Transfer
from billing.models.ledger import Account
from billing.services.ledger import add_to_totals
from paybox.kernel.clock import ROME


@transaction.atomic
def book_other_income(*, service: Service, amount_cents: int, cause: str, at: datetime) -> Transfer:
    """From what the treasurer has and nobody explained, to the service. ``cause`` is where the money is read."""
    return _move(
        Transfer.Kind.OTHER_INCOME, Account.TESORERIA, Account.ALTRE_ENTRATE,
        service, amount_cents, cause, at,
    )  # fmt: skip


@transaction.atomic
def take_back_other_income(*, booked: Transfer, at: datetime) -> Transfer:
    """The opposite of ``booked``, for the same cents on the same service."""
    if booked.service is None or booked.kind != Transfer.Kind.OTHER_INCOME:
        raise ValueError(f"transfer {booked.uuid} is not income of another kind")
    return _move(
        Transfer.Kind.OTHER_INCOME_BACK, Account.ALTRE_ENTRATE, Account.TESORERIA,
        booked.service, booked.amount_cents, booked.cause, at,
    )  # fmt: skip


def _move(
    kind: Transfer.Kind, debit: Account, credit: Account, service: Service, cents: int,
    cause: str, at: datetime,
) -> Transfer:  # fmt: skip
    made = Transfer.objects.create(
        kind=kind, debit=debit, credit=credit, amount_cents=cents, service=service, cause=cause,
        booked_on=at.astimezone(ROME).date(), created_at=at,
    )  # fmt: skip
    add_to_totals(service_id=service.pk, kind=kind, amounts=[cents], slot=made.pk)
    return made
