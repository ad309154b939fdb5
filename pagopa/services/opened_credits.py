"""Chapter 8 – a credit of the treasurer said to be a debtor's: whose, for what, and the credit that it becomes.

Before: ``repairs``.  After: billing/services/desk_credits.
"""

from dataclasses import dataclass

from billing.services.desk_credits import ArrivedCredit
from pagopa.labels import RepairKind
from pagopa.models import Repair, TreasuryCredit
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.problems import Refused
from paybox.kernel.queue import NoEnte, current_schema
from registry.rules.codice_fiscale import check_codice_fiscale
from registry.rules.names import clean_text, read_name, sort_key
from registry.services.subjects import SubjectData
from tenants.selectors.enti import ente_of_schema

MAX_CAUSALE = 140


@dataclass(frozen=True, slots=True)
class OpenedFor:
    """Whose credit the money paid, and for what; made by ``read_opened_for``."""

    codice_fiscale: str
    name: str
    causale: str


def read_opened_for(*, codice_fiscale: str, name: str, causale: str) -> OpenedFor:
    """As a person typed it. Raises RepairRefused."""
    words = clean_text(causale)
    if not 3 <= len(words) <= MAX_CAUSALE:
        raise RepairRefused(
            f"Scrivere per che cosa era il pagamento, in al massimo {MAX_CAUSALE} caratteri"
        )
    try:
        return OpenedFor(check_codice_fiscale(codice_fiscale).value, read_name(name), words)
    except Refused as refusal:
        raise RepairRefused(f"Debitore: {refusal}") from refusal


def check_debtor(kind: RepairKind, debtor: OpenedFor | None) -> None:
    """Raises RepairRefused."""
    if (debtor is not None) != (kind == RepairKind.OPEN_CREDIT):
        raise RepairRefused("Dire di chi era il credito, e per che cosa")


def arrived_credit(repair: Repair, credit: TreasuryCredit) -> ArrivedCredit:
    """The reference bears the repair's number: a credit opened again is another one."""
    code, name = repair.debtor["codice_fiscale"], repair.debtor["name"]
    return ArrivedCredit(
        debtor=SubjectData(check_codice_fiscale(code).kind, code, name, sort_key(name)),
        causale=repair.debtor["causale"],
        amount_cents=credit.net_cents,
        reference=f"Provvisorio {credit.reference} ({repair.pk})",
        arrived_on=credit.value_on,
    )


def segregation_here() -> str:
    """Of the current Ente. Raises NoEnte."""
    ente = ente_of_schema(current_schema())
    if ente is None:
        raise NoEnte(current_schema())
    return ente.segregation
