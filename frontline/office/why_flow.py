"""*Perché?* of a flow, of a row of it, and of a receipt on its way to the treasurer: rule, fact, row."""

from frontline.office.why_money import ACCOUNTS, MEANINGS, Meaning, Why
from pagopa.labels import FlowLabel, ReceiptLabel
from pagopa.models import Flow, FlowRow, Receipt, RowRepair
from pagopa.rules.facts import FlowFacts
from paybox.kernel.money import format_euro

_F, _R = FlowLabel, ReceiptLabel
_OUTCOMES = {
    0: "eseguito", 3: "revocato", 4: "eseguito in stand-in",
    8: "eseguito in stand-in, senza ricevuta", 9: "eseguito, senza ricevuta",
}  # fmt: skip


def _meaning(label: FlowLabel | ReceiptLabel, rule: str, remedy: str = "") -> Meaning:
    return Meaning(str(label.label), rule, ACCOUNTS, remedy)


FLOW_MEANINGS: dict[FlowLabel, Meaning] = {
    _F.IUF_TES: _meaning(_F.IUF_TES, "Gli accrediti del tesoriere fanno l'intero importo del flusso."),
    _F.IUF_TES_DIV_IMP: _meaning(_F.IUF_TES_DIV_IMP, "Un accredito nomina il flusso, ma gli importi sono diversi.", "Guardare l'accredito: aspetta nella sua coda."),
    _F.IUF_TES_PART: MEANINGS[_F.IUF_TES_PART],
    _F.WAITING: _meaning(_F.WAITING, "L'accredito arriva di solito entro tre giorni dal regolamento."),
    _F.IUF_NO_TES: MEANINGS[_F.IUF_NO_TES],
}  # fmt: skip
RECEIPT_MEANINGS: dict[ReceiptLabel, Meaning] = {
    _R.RT_IUF_TES: _meaning(_R.RT_IUF_TES, "Un flusso la riporta per lo stesso importo, e il tesoriere ha accreditato l'intero flusso."),
    _R.RT_IUF: _meaning(_R.RT_IUF, "Un flusso la riporta per lo stesso importo; il tesoriere non ha ancora accreditato l'intero flusso."),
    _R.AMOUNT_DIFFERS: _meaning(_R.AMOUNT_DIFFERS, "Il flusso la riporta per un altro importo.", "Guardare la riga del flusso: aspetta nella sua coda."),
    _R.RT_TES: _meaning(_R.RT_TES, "Il tesoriere l'ha accreditata con un bonifico suo, fuori dai flussi."),
    _R.RT_TES_DIV_IMP: _meaning(_R.RT_TES_DIV_IMP, "Un bonifico singolo nomina il suo IUV, ma gli importi sono diversi.", "Guardare l'accredito: aspetta nella sua coda."),
    _R.RT_TES_PART: MEANINGS[_R.RT_TES_PART],
    _R.WAITING: _meaning(_R.WAITING, "Il flusso arriva di solito entro tre giorni dalla ricevuta."),
    _R.RT_NO_IUF: MEANINGS[_R.RT_NO_IUF],
}  # fmt: skip


def why_flow(flow: Flow, facts: FlowFacts, label: FlowLabel) -> Why:
    """From the same facts that labelled it."""
    paid = (facts.named_cents or 0) + facts.said_cents
    fact = f"Il flusso è di {_euro(flow.total_cents)}; gli accrediti che lo pagano fanno {_euro(paid)}."
    where = (
        f"Flusso {flow.identifier}, revisione {flow.revision}, regolamento {flow.regulation} "
        f"del {flow.regulation_on:%d/%m/%Y}, messaggio ricevuto n. {flow.raw_message_id}."
    )
    return Why(FLOW_MEANINGS[label].rule, fact, where)


def why_row(row: FlowRow, receipt: Receipt | None, said: RowRepair | None) -> Why:
    """Of one row, from what labelled it."""
    where = (
        f"Flusso {row.flow.identifier}, revisione {row.flow.revision}, riga {row.index}, "
        f"messaggio ricevuto n. {row.flow.raw_message_id}"
    )
    if said is not None and said.decided_at is not None:
        where += f"; correzione decisa da {said.decided_by_name} il {said.decided_at:%d/%m/%Y}"
    return Why(MEANINGS[row.label].rule, _row_fact(row, receipt, said), f"{where}.")


def _row_fact(row: FlowRow, receipt: Receipt | None, said: RowRepair | None) -> str:
    outcome = _OUTCOMES.get(row.outcome, "non previsto")
    money = f"La riga è di {_euro(row.amount_cents)}, esito {row.outcome} ({outcome})"
    if said is not None and said.kind != RowRepair.Kind.RESTORE:
        return f"{money}. Motivo scritto da {said.asked_by_name}: «{said.reason}»."
    if receipt is not None:
        return f"{money}; la ricevuta {receipt.receipt_id} è di {_euro(receipt.amount_cents)}."
    return f"{money}; nessuna ricevuta ha lo IUV {row.iuv} e lo IUR {row.iur}."


def _euro(cents: int) -> str:
    return f"{format_euro(cents)}\N{NO-BREAK SPACE}€"
