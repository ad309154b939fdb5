"""States as chips: always a word, a colour that repeats it, a sentence that explains it."""

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Load, Position
from billing.selectors.positions import is_overdue
from billing.states import InstalmentState, PositionState
from dunning.models import ActBatch, ActItem, SendCancellation, Wave, WaveItem
from pagopa.models import Publication
from paybox.kernel.models import Job

register = template.Library()

_POSITION = {
    PositionState.OPEN: ("wait", "Nessun incasso, scadenza non ancora passata"),
    PositionState.PARTLY_PAID: ("wait", "Una parte è stata incassata"),
    PositionState.SETTLED: ("go", "Gli incassi coprono l'intero importo"),
    PositionState.WITHDRAWN: ("", "Non è più dovuta: il motivo è nella sua storia"),
}
_INSTALMENT = {
    InstalmentState.PAYABLE: ("wait", "Si può pagare con questo codice avviso"),
    InstalmentState.PAID: ("go", "Pagata con questo codice avviso"),
    InstalmentState.CLOSED: ("", "Il dovuto è stato pagato in altro modo"),
    InstalmentState.WITHDRAWN: ("", "La posizione è stata annullata"),
}
_LOAD = {
    Load.State.STAGED: ("warn", "Letto ma non ancora caricato: si conferma o si annulla"),
    Load.State.CONFIRMING: ("wait", "Le posizioni si stanno aprendo"),
    Load.State.CONFIRMED: ("go", "Le posizioni accettate sono aperte"),
    Load.State.UNDONE: ("", "Le sue posizioni sono annullate"),
}
_JOB = {
    Job.State.WAITING: ("wait", "Comincia appena possibile"),
    Job.State.RUNNING: ("wait", "In corso adesso"),
    Job.State.DONE: ("go", "Concluso"),
    Job.State.FAILED: ("bad", "Non concluso: il motivo è scritto sotto"),
    Job.State.CANCELLED: ("", "Fermato da una persona"),
}
_PUBLICATION = {
    Publication.State.ASKED: ("wait", "La richiesta non è ancora stata accolta"),
    Publication.State.ACKNOWLEDGED: ("go", "La posizione è su pagoPA"),
    Publication.State.REFUSED: ("bad", "pagoPA non l'ha accettata"),
    Publication.State.WITHDRAWN: ("", "Tolta da pagoPA"),
}
_WAVE = {
    Wave.State.SIMULATED: ("warn", "Preparato: qualcuno lo deve approvare"),
    Wave.State.APPROVED: ("wait", "Approvato: si può avviare"),
    Wave.State.SENDING: ("wait", "I messaggi stanno partendo"),
    Wave.State.PAUSED: ("warn", "Fermo: si può riprendere o annullare"),
    Wave.State.SENT: ("go", "Tutti i messaggi sono partiti"),
    Wave.State.CANCELLED: ("", "Quanto non era partito non parte"),
}
_ITEM = {
    WaveItem.State.READY: ("wait", "Parte con l'invio"),
    WaveItem.State.EXCLUDED: ("", "Non riceve il messaggio: il motivo è accanto"),
    WaveItem.State.HELD_OUT: ("", "Per sorteggio non lo riceve: serve a misurare se l'invio aiuta"),
    WaveItem.State.PAPER: ("wait", "Nessun altro recapito funziona: si stampa la lettera"),
    WaveItem.State.SENDING: ("wait", "In partenza adesso"),
    WaveItem.State.SENT: ("wait", "Partito: si attende la conferma"),
    WaveItem.State.REACHED: ("go", "Il messaggio è arrivato"),
    WaveItem.State.NOT_REACHED: ("bad", "Il messaggio non è arrivato"),
    WaveItem.State.SKIPPED: ("", "Non è partito: il motivo è accanto"),
    WaveItem.State.UNCERTAIN: ("warn", "Il fornitore non ha confermato"),
}

_ACTS = {
    ActBatch.State.SIMULATED: ("warn", "Calcolato: un'altra persona lo deve approvare"),
    ActBatch.State.MAKING: ("wait", "I crediti si stanno sostituendo uno a uno"),
    ActBatch.State.DONE: ("go", "Tutti gli atti sono fatti o saltati"),
    ActBatch.State.CANCELLED: ("", "Nessun credito è cambiato"),
}
_ACT = {
    ActItem.State.READY: ("wait", "Si fa quando il lotto è approvato"),
    ActItem.State.EXCLUDED: ("", "Resta fuori: il motivo è accanto"),
    ActItem.State.DONE: ("go", "Il credito è riaperto con le somme aggiunte"),
    ActItem.State.SKIPPED: ("", "Non si è fatto: il motivo è accanto"),
}
_CANCELLATION = {
    SendCancellation.State.ASKED: ("wait", "Parte appena SEND risponde"),
    SendCancellation.State.UNCERTAIN: (
        "warn",
        "Non si ripete finché non si sa che cosa ne è stato",
    ),
    SendCancellation.State.TAKEN: ("wait", "SEND l'ha ricevuta: si attende l'esito"),
    SendCancellation.State.DONE: ("go", "La notifica non vale più"),
    SendCancellation.State.REFUSED: ("bad", "La notifica va avanti: il motivo è accanto"),
}


@register.simple_tag
def position_chip(position: Position, today: date) -> SafeString:
    """Overdue is said instead of «Da pagare»: it is what matters."""
    if is_overdue(position, on=today):
        partly = position.state == PositionState.PARTLY_PAID
        label = "Scaduta, pagata in parte" if partly else "Scaduta"
        return _chip(label, "warn", "La scadenza è passata e resta qualcosa da pagare")
    return _chip(position.get_state_display(), *_POSITION[PositionState(position.state)])


@register.filter
def chip(thing: Any) -> SafeString:
    """For an instalment, a load, a job, a publication."""
    tables: dict[str, Any] = {
        "load": _LOAD,
        "instalment": _INSTALMENT,
        "job": _JOB,
        "publication": _PUBLICATION,
        "wave": _WAVE,
        "waveitem": _ITEM,
        "actbatch": _ACTS,
        "actitem": _ACT,
        "sendcancellation": _CANCELLATION,
    }
    return _chip(thing.get_state_display(), *tables[thing._meta.model_name][thing.state])


def _chip(label: str, tone: str, sentence: str) -> SafeString:
    kind = f"pb-chip pb-chip-{tone}" if tone else "pb-chip"
    return format_html('<span class="{}" title="{}">{}</span>', kind, sentence, label)
