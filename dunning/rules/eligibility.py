"""The last question before a message leaves: is there still a reason to send it?

Before: the item, locked by the transaction that claims it.  After: the attempt, or the *Perché?*
the official reads. The same function serves the simulation and the moment of sending, so that the
two cannot disagree on the rules.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dunning.rules.quiet_hours import SendingHours
from dunning.rules.steps import Gate, History, opens_on

MIN_GAP = timedelta(days=7)  # between two messages to the same person, on any debt and channel
ASKED_GAP = timedelta(days=1)  # before what she herself asked for on the telephone


class ExclusionReason(StrEnum):
    """Why an item gets no message now."""

    PAGATO = "PAGATO"
    RITIRATO = "RITIRATO"
    SOTTO_SOGLIA = "SOTTO_SOGLIA"
    SOSPESO = "SOSPESO"
    CONTESTATO = "CONTESTAZIONE"
    DILAZIONE = "DILAZIONE"
    PROMESSA = "PROMESSA"
    DECESSO = "DECESSO"
    PRESCRITTO = "PRESCRITTO"
    DICHIARATO = "PAGAMENTO_DICHIARATO"
    RECLAMO = "RECLAMO"
    CONSEGNATO = "CONSEGNATO"
    RATE_FUTURE = "RATE_FUTURE"
    CAMBIATO = "CAMBIATO"
    NON_SOSTITUIBILE = "NON_SOSTITUIBILE"
    NON_AVVISATO = "NON_AVVISATO"
    PASSO_PRECEDENTE = "PASSO_PRECEDENTE"
    NON_ANCORA = "NON_ANCORA"
    GIA_SCADUTO = "GIA_SCADUTO"
    NON_RECAPITATO = "NON_RECAPITATO"
    CONFRONTO = "CONFRONTO"
    TETTO = "TETTO"
    UFFICIO = "UFFICIO"
    DOPPIO = "DOPPIO"
    RIGA = "RIGA"
    DA_NON_DISTURBARE = "DA_NON_DISTURBARE"
    GIA_INVIATO = "GIA_INVIATO"
    SENZA_RECAPITO = "SENZA_RECAPITO"
    CARTA = "CARTA"
    SENZA_AVVISO = "SENZA_AVVISO"
    AUMENTATO = "AUMENTATO"
    TESTO = "TESTO"
    ANNULLATA = "ANNULLATA"
    FREQUENZA = "FREQUENZA"
    FASCIA_ORARIA = "FASCIA_ORARIA"
    GIA_DIGITALE = "GIA_DIGITALE"
    TORNATO_ALLA_CARTA = "TORNATO_ALLA_CARTA"
    GIA_INVITATO = "GIA_INVITATO"
    INVITI_ESAURITI = "INVITI_ESAURITI"
    SENZA_CODICE_FISCALE = "SENZA_CODICE_FISCALE"
    INDIRIZZO = "INDIRIZZO"

    @property
    def sentence(self) -> str:
        """The answer to *Perché?*, for the official."""
        return _SENTENCES[self]


_SENTENCES = {
    ExclusionReason.PAGATO: "Il debito risulta pagato: non c'è nulla da ricordare.",
    ExclusionReason.RITIRATO: "La posizione è stata ritirata dall'ufficio: non è più dovuta.",
    ExclusionReason.SOTTO_SOGLIA: (
        "Il residuo è inferiore all'importo minimo per cui l'Ente invia solleciti."
    ),
    ExclusionReason.SOSPESO: (
        "La posizione è sospesa: finché dura la sospensione non si inviano messaggi."
    ),
    ExclusionReason.CONTESTATO: "Il debito è contestato: si attende la risposta dell'ufficio.",
    ExclusionReason.DILAZIONE: "Il debito è in un piano di dilazione: si seguono le sue scadenze.",
    ExclusionReason.PROMESSA: "La persona ha promesso di pagare: si attende il giorno promesso.",
    ExclusionReason.DECESSO: "La persona risulta deceduta: non si invia nulla al suo nome.",
    ExclusionReason.PRESCRITTO: "Il termine per chiederlo è passato: non si chiede più.",
    ExclusionReason.DICHIARATO: "La persona dice di avere già pagato: l'ufficio sta controllando.",
    ExclusionReason.RECLAMO: "C'è un reclamo: prima si risponde.",
    ExclusionReason.CONSEGNATO: (
        "Il credito è stato consegnato alla riscossione coattiva: l'ufficio non lo sollecita più."
    ),
    ExclusionReason.RATE_FUTURE: (
        "Ha rate non ancora scadute: l'atto riguarda il credito intero e non si può anticipare."
    ),
    ExclusionReason.CAMBIATO: "L'importo è cambiato dopo il calcolo: va ricalcolato.",
    ExclusionReason.NON_SOSTITUIBILE: "Il credito non si è potuto sostituire.",
    ExclusionReason.NON_AVVISATO: (
        "Non risulta emesso l'avviso: un sollecito non può arrivare prima dell'avviso."
    ),
    ExclusionReason.PASSO_PRECEDENTE: "Prima di questo passo ne manca uno della procedura.",
    ExclusionReason.NON_ANCORA: "I giorni previsti dalla procedura non sono ancora passati.",
    ExclusionReason.GIA_SCADUTO: (
        "La scadenza è già passata: questo promemoria si invia solo prima."
    ),
    ExclusionReason.NON_RECAPITATO: (
        "Il passo precedente non risulta recapitato: senza la prova non si va avanti."
    ),
    ExclusionReason.CONFRONTO: (
        "È nel gruppo di confronto di un invio recente: si aspetta di averne misurato l'effetto."
    ),
    ExclusionReason.TETTO: "È stato raggiunto il numero massimo di invii previsto.",
    ExclusionReason.DOPPIO: "Lo stesso numero è già in una riga precedente dell'elenco.",
    ExclusionReason.RIGA: "La riga dell'elenco non si può leggere.",
    ExclusionReason.UFFICIO: "L'ufficio ha tolto la persona da questo invio.",
    ExclusionReason.DA_NON_DISTURBARE: (
        "Il recapito è tra quelli a cui non si inviano messaggi di cortesia."
    ),
    ExclusionReason.GIA_INVIATO: "Questo messaggio è già stato inviato: non si invia due volte.",
    ExclusionReason.SENZA_RECAPITO: "Non risulta un recapito valido per questo canale.",
    ExclusionReason.CARTA: "Non risulta un indirizzo e-mail: l'avviso parte su carta.",
    ExclusionReason.SENZA_AVVISO: (
        "Nessun avviso è più pagabile per il residuo: la posizione va prima sostituita."
    ),
    ExclusionReason.AUMENTATO: (
        "L'importo è cresciuto dopo la simulazione: serve un nuovo invio approvato."
    ),
    ExclusionReason.TESTO: "Il messaggio o il suo allegato non si possono comporre.",
    ExclusionReason.ANNULLATA: "L'invio è stato annullato dall'ufficio prima di partire.",
    ExclusionReason.FREQUENZA: (
        "La persona ha ricevuto un messaggio da poco: si attende prima di inviarne un altro."
    ),
    ExclusionReason.FASCIA_ORARIA: (
        "A quest'ora, o in questo giorno, gli SMS non partono: si riprende alla riapertura."
    ),
    ExclusionReason.GIA_DIGITALE: "La persona riceve già gli avvisi senza carta.",
    ExclusionReason.TORNATO_ALLA_CARTA: (
        "La persona è tornata agli avvisi su carta: la scelta si rispetta."
    ),
    ExclusionReason.GIA_INVITATO: (
        "La persona è già stata invitata da poco agli avvisi senza carta."
    ),
    ExclusionReason.INVITI_ESAURITI: (
        "La persona ha già ricevuto due inviti per e-mail senza rispondere: non si insiste."
    ),
    ExclusionReason.SENZA_CODICE_FISCALE: (
        "Manca il codice fiscale: senza, il codice dell'invito non apre il modulo."
    ),
    ExclusionReason.INDIRIZZO: "A questo indirizzo una lettera non può arrivare: va corretto.",
}


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is true of one item at ``at`` (aware).

    ``residual_cents`` is what is owed now on the item's debts; ``contact`` the address or number on
    the chosen channel, empty when there is none; ``silenced`` says that there would be one, but it is
    not to be used; ``stopped`` is what holds back every debt of the item; ``last_message_at`` the last message to this
    person on any debt and channel. ``keeps_hours`` is True for channels that ring (SMS). ``asks_money``: False for what
    is said whether or not something is owed.
    """

    at: datetime
    residual_cents: int
    withdrawn: bool
    held: bool
    already_sent: bool
    contact: str
    stopped: ExclusionReason | None = None
    silenced: bool = False
    last_message_at: datetime | None = None
    threshold_cents: int = 0
    min_gap: timedelta = MIN_GAP
    keeps_hours: bool = True
    hours: SendingHours = field(default_factory=SendingHours)
    asks_money: bool = True


def why_not(facts: ItemFacts) -> ExclusionReason | None:
    """The first reason not to send, or None. Reasons that end the matter come before those that
    only postpone it.
    """
    unowed = _why_not_owed(facts) if facts.asks_money else None
    return unowed or _why_not_reach(facts) or _why_not_now(facts)


def _why_not_owed(facts: ItemFacts) -> ExclusionReason | None:
    if facts.withdrawn:
        return ExclusionReason.RITIRATO
    if facts.residual_cents <= 0:
        return ExclusionReason.PAGATO
    return ExclusionReason.SOTTO_SOGLIA if facts.residual_cents < facts.threshold_cents else None


def stopped_by(
    *, hold: str, gate: Gate | None, history: History | None, on: date
) -> ExclusionReason | None:
    """What holds one payable debt back: a hold in force (its reason), or the order of the steps.

    ``selectors.candidates`` says the same to the database; a test compares them.
    """
    if hold:
        return ExclusionReason.SOSPESO if hold == "MANUALE" else ExclusionReason(hold)
    return _out_of_turn(gate, history, on) if gate and history else None


def _out_of_turn(gate: Gate, history: History, on: date) -> ExclusionReason | None:
    if history.noticed_on is None:
        return ExclusionReason.NON_AVVISATO
    last = history.last.step if history.last else 0
    if gate.lead_days is not None and history.due_on is not None and history.due_on < on:
        return ExclusionReason.GIA_SCADUTO
    if gate.lead_days is not None and history.last:
        return ExclusionReason.GIA_INVIATO
    if last != gate.after_step:
        before = last < gate.after_step
        return ExclusionReason.PASSO_PRECEDENTE if before else ExclusionReason.GIA_INVIATO
    opens = opens_on(gate, history)
    if opens is not None:
        return ExclusionReason.NON_ANCORA if opens > on else None
    too_early = opens_on(replace(gate, delivered_days=None), history)
    early = too_early is not None and too_early > on
    return ExclusionReason.NON_ANCORA if early else ExclusionReason.NON_RECAPITATO


def _why_not_reach(facts: ItemFacts) -> ExclusionReason | None:
    if facts.stopped:
        return facts.stopped
    if facts.held:
        return ExclusionReason.SOSPESO
    if facts.already_sent:
        return ExclusionReason.GIA_INVIATO
    if facts.contact.strip():
        return None
    silenced = facts.silenced
    return ExclusionReason.DA_NON_DISTURBARE if silenced else ExclusionReason.SENZA_RECAPITO


def _why_not_now(facts: ItemFacts) -> ExclusionReason | None:
    last = facts.last_message_at
    if last is not None and facts.at - last < facts.min_gap:
        return ExclusionReason.FREQUENZA
    if facts.keeps_hours and not facts.hours.open_at(facts.at):
        return ExclusionReason.FASCIA_ORARIA
    return None
