"""*Perché?* of what is reconciled and of what waits: the rule, the fact that decided, the row it was read in."""

from dataclasses import dataclass

from pagopa.labels import CreditLabel, FlowLabel, ReceiptLabel, RowLabel
from pagopa.models import Repair, TreasuryCredit
from pagopa.rules.causale import read_causale
from pagopa.selectors.queues import IUF_NO_TES, RT_NO_IUF
from paybox.kernel.money import format_euro

ACCOUNTS, REVENUE = "Ragioneria", "Ufficio entrate"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Of a label: its name, the rule that gives it, who looks after it, what is done about it."""

    name: str
    rule: str
    owner: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Why:
    """Rule → fact → row."""

    rule: str
    fact: str
    row: str


def _credit(label: CreditLabel, rule: str, remedy: str = "", owner: str = ACCOUNTS) -> Meaning:
    return Meaning(str(label.label), rule, owner, remedy)


def _row(label: RowLabel, rule: str, remedy: str = "") -> Meaning:
    return Meaning(str(label.label), rule, REVENUE, remedy)


_C, _R = CreditLabel, RowLabel
MEANINGS: dict[str, Meaning] = {
    _C.RT_IUF_TES: _credit(_C.RT_IUF_TES, "La causale nomina un flusso arrivato, e gli importi sono uguali."),
    _C.IUF_TES_DIV_IMP: _credit(_C.IUF_TES_DIV_IMP, "La causale nomina un flusso arrivato, ma gli importi sono diversi.", "Chiedere al PSP; se il bonifico ne paga più d'uno, dividerlo."),
    _C.IUF_TES_TWICE: _credit(_C.IUF_TES_TWICE, "La causale nomina un flusso che un altro accredito ha già pagato.", "Verificare con il PSP se il bonifico è doppio, da restituire."),
    _C.TES_NO_MATCH: _credit(_C.TES_NO_MATCH, "La causale nomina un flusso che non è ancora arrivato.", "Attendere il flusso: si abbina da sé. Dopo tre giorni chiederlo al PSP."),
    _C.RT_TES: _credit(_C.RT_TES, "La causale nomina uno IUV, la cui ricevuta ha lo stesso importo."),
    _C.RT_TES_DIV_IMP: _credit(_C.RT_TES_DIV_IMP, "La causale nomina uno IUV, la cui ricevuta ha un altro importo.", "Confrontare con la ricevuta, poi abbinare o dividere."),
    _C.RT_TES_TWICE: _credit(_C.RT_TES_TWICE, "La causale nomina uno IUV già accreditato in un flusso o in un altro bonifico.", "Verificare se il pagamento è doppio, da restituire."),
    _C.IUV_TES: _credit(_C.IUV_TES, "La causale nomina uno IUV di cui non c'è la ricevuta, o ce n'è più d'una.", "Cercare la ricevuta e abbinarla.", REVENUE),
    _C.TES_NO_IUF: _credit(_C.TES_NO_IUF, "La causale non nomina né un flusso né uno IUV.", "Abbinare a mano, oppure dire che cos'è: altra entrata, o somma di altri."),
    _C.UNMATCHED: _credit(_C.UNMATCHED, "Una persona ha sciolto l'abbinamento: la causale non conta più.", "Abbinare di nuovo, o tornare a ciò che dice la causale."),
    _C.BY_HAND: _credit(_C.BY_HAND, "Due persone hanno detto che cosa paga questo accredito."),
    _C.NOT_OURS: _credit(_C.NOT_OURS, "Una persona ha detto che la somma non spetta all'Ente."),
    _C.OTHER_INCOME: _credit(_C.OTHER_INCOME, "Una persona ha detto che è un'entrata di altra natura, fuori da pagoPA."),
    _C.OPENED: _credit(_C.OPENED, "Due persone hanno detto di chi era il credito: la posizione è stata aperta e incassata con questo accredito."),
    _C.REVERSED: _credit(_C.REVERSED, "Il tesoriere ha stornato l'intero accredito."),
    _R.RT_IUF: _row(_R.RT_IUF, "La riga del flusso trova la sua ricevuta, con lo stesso importo."),
    _R.IUV_NO_RT: _row(_R.IUV_NO_RT, "Il PSP riversa un pagamento di cui non è arrivata la ricevuta, e l'importo non basta a dire che cosa paga; o l'attesa della ricevuta non è finita.", "Chiedere la ricevuta a pagoPA: la riga si abbina da sé. Altrimenti abbinarla, o dire che cos'è."),
    _R.BOOKED: _row(_R.BOOKED, "La ricevuta non è arrivata, ma l'importo è quello che il nostro avviso chiedeva il giorno del pagamento: è fra gli incassi."),
    _R.AMOUNT_DIFFERS: _row(_R.AMOUNT_DIFFERS, "La riga e la ricevuta dello stesso pagamento hanno importi diversi.", "Chiedere al PSP quale importo è giusto."),
    _R.REVOKED: _row(_R.REVOKED, "Il PSP dichiara revocato il pagamento.", "Verificare se la posizione va riaperta."),
    _R.UNKNOWN_OUTCOME: _row(_R.UNKNOWN_OUTCOME, "La riga ha un esito che le regole di pagoPA non prevedono.", "Chiedere al PSP."),
    _R.TWICE: _row(_R.TWICE, "Un altro flusso, arrivato prima, riversa già lo stesso pagamento.", "Chiedere al PSP se il riversamento è doppio, da restituire."),
    _R.BY_HAND: _row(_R.BY_HAND, "Due persone hanno detto a quale ricevuta corrisponde la riga."),
    _R.UNMATCHED: _row(_R.UNMATCHED, "Due persone hanno sciolto l'abbinamento fra la riga e la ricevuta.", "Abbinare di nuovo, o tornare a ciò che dice il flusso."),
    _R.NOT_OURS: _row(_R.NOT_OURS, "Una persona ha detto che il pagamento non spetta all'Ente."),
    _R.OTHER_INCOME: _row(_R.OTHER_INCOME, "Due persone hanno registrato il pagamento come entrata di altra natura."),
    FlowLabel.IUF_TES_PART: Meaning(str(FlowLabel.IUF_TES_PART.label), "Le persone hanno abbinato al flusso accrediti che non ne coprono l'intero importo.", ACCOUNTS, "Cercare l'accredito che manca, o chiederlo al PSP."),
    ReceiptLabel.RT_TES_PART: Meaning(str(ReceiptLabel.RT_TES_PART.label), "Le persone hanno abbinato alla ricevuta accrediti che non ne coprono l'intero importo.", ACCOUNTS, "Cercare l'accredito che manca, o chiederlo al PSP."),
    IUF_NO_TES: Meaning("Flusso senza accredito", "Il flusso è arrivato da più di tre giorni e nessun accredito lo paga.", ACCOUNTS, "Caricare il giornale di cassa; poi chiedere al PSP la prova del bonifico."),
    RT_NO_IUF: Meaning("Ricevuta senza flusso", "La ricevuta è arrivata da più di tre giorni e nessun flusso la riporta.", REVENUE, "Chiedere i flussi a pagoPA; poi al PSP che ha incassato."),
}  # fmt: skip


def why_credit(credit: TreasuryCredit, in_force: Repair | None) -> Why:
    """Of one credit, from the same facts that labelled it."""
    return Why(MEANINGS[credit.label].rule, _fact(credit, in_force), _where(credit, in_force))


def _fact(credit: TreasuryCredit, in_force: Repair | None) -> str:
    money = f"L'accredito è di {_euro(credit.net_cents)}"
    if credit.label == _C.REVERSED:
        return f"Di {_euro(credit.amount_cents)} accreditati, {_euro(credit.reversed_cents)} sono stati stornati."
    if in_force is not None and in_force.kind != Repair.Kind.RESTORE:
        return f"{money}{_whose(in_force)}. Motivo scritto da {in_force.asked_by_name}: «{in_force.reason}»."
    if credit.flow is not None:
        return f"{money}, il flusso {credit.flow.identifier} è di {_euro(credit.flow.total_cents)}."
    if credit.receipt is not None:
        return f"{money}, la ricevuta dello IUV {credit.receipt.iuv} è di {_euro(credit.receipt.amount_cents)}."
    named = read_causale(credit.causale)
    return f"{money}. {_named(named.flow, named.iuv)}"


def _whose(in_force: Repair) -> str:
    who = in_force.debtor
    return f", di {who['name']} ({who['codice_fiscale']}) per «{who['causale']}»" if who else ""


def _named(flow: str, iuv: str) -> str:
    if flow:
        return f"La causale nomina il flusso {flow}."
    return (
        f"La causale nomina lo IUV {iuv}."
        if iuv
        else "Nella causale non si legge alcun riferimento."
    )


def _where(credit: TreasuryCredit, in_force: Repair | None) -> str:
    where = f"Provvisorio {credit.reference}, valuta {credit.value_on:%d/%m/%Y}, messaggio ricevuto n. {credit.raw_message_id}"
    if in_force is not None and in_force.decided_at is not None:
        return f"{where}; correzione decisa da {in_force.decided_by_name} il {in_force.decided_at:%d/%m/%Y}."
    return f"{where}."


def _euro(cents: int) -> str:
    return f"{format_euro(cents)}\N{NO-BREAK SPACE}€"
