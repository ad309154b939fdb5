"""Chapter 10 – letters: the formal demand, set in type by billing's press.

Before: an overdue position.  After: PEC or registered post.  Source: art. 1219 and 2943 c.c.
"""

from datetime import date

from billing.documents.data import DebtLine, LetterData, RenderedPdf
from billing.models import Position
from billing.services.notices import creditor_data, debtor_data, place_of
from paybox.kernel.money import format_euro
from tenants.models import Ente

_LINES = (
    ("capitale_cents", "Importo dovuto"),
    ("precedenti_cents", "Somme già addebitate"),
    ("sanzioni_cents", "Sanzioni"),
    ("interessi_cents", "Interessi legali"),
    ("spese_cents", "Spese"),
    ("oneri_cents", "Oneri di riscossione"),
)


def formal_demand_data(
    *, position: Position, ente: Ente, written_on: date, term_days: int, protocol: str = ""
) -> LetterData:
    """The words of the demand; ``position`` with subject, service and instalments at hand."""
    return LetterData(
        creditor=creditor_data(ente, position.service),
        debtor=debtor_data(position.subject),
        place=place_of(ente),
        written_on=written_on,
        protocol=protocol,
        subject=f"Sollecito formale di pagamento e costituzione in mora: {position.causale}",
        paragraphs=(
            f"alla data di questa lettera non risulta pagata la somma di "
            f"{format_euro(position.residual_cents)} € indicata nella tabella.",
            f"La invitiamo a pagarla entro {term_days} giorni dal ricevimento. Questa lettera costituisce "
            f"in mora ai sensi dell'articolo 1219 del codice civile e interrompe la prescrizione.",
            "Trascorso il termine, l'Ente procederà alla riscossione coattiva con aggravio di spese.",
            "Se ha già pagato, La preghiamo di non tenere conto di questa lettera e, se lo desidera, di "
            "trasmettere all'ufficio la ricevuta.",
        ),
        debts=tuple(_debts(position)),
        closing=("Distinti saluti.",),
        signed_by=(position.service.sector or ente.name,),
    )


def formal_demand_pdf(
    *, position: Position, ente: Ente, written_on: date, term_days: int = 15, protocol: str = ""
) -> RenderedPdf:
    """The demand as PDF. Raises DocumentRefused."""
    from billing.documents.letters import render_letter

    return render_letter(
        formal_demand_data(
            position=position,
            ente=ente,
            written_on=written_on,
            term_days=term_days,
            protocol=protocol,
        )
    )


def _debts(position: Position) -> list[DebtLine]:
    """The lines of a replacement when they still make up the residual; else the residual itself."""
    number = min(position.instalments.all(), key=lambda i: i.number).notice_number
    due_on = position.next_due_on
    lines = position.details.get("righe", {})
    parts = [(label, lines.get(key, 0)) for key, label in _LINES]
    if sum(cents for _, cents in parts) != position.residual_cents:
        parts = [(position.causale, position.residual_cents)]
    return [DebtLine(label, number, due_on, cents) for label, cents in parts if cents]
