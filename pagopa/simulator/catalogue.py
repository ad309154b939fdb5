"""The fifteen troubles an Ente must bear, in words an official and a vendor both understand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """``fields``: what the order must or may carry, by the names of the API."""

    number: int
    title: str
    does: str
    expects: str
    fields: tuple[str, ...]


_NOTICE = ("fiscal_code", "notice_number")
_DAY = ("fiscal_code", "on")

TROUBLES = (
    Trouble(
        1,
        "Sonda con avviso di 18 zeri",
        "Chiede all'Ente l'avviso 000000000000000000, come fa il Nodo per sapere se la stazione risponde.",
        "Risposta KO PAA_PAGAMENTO_SCONOSCIUTO in meno di 2 secondi.",
        ("fiscal_code",),
    ),
    Trouble(
        2,
        "Verifiche e attivazioni ripetute",
        "Verifica due volte lo stesso avviso, lo attiva, lascia scadere l'attivazione e lo attiva di nuovo. Nessuno paga.",
        "Sempre le stesse risposte; la posizione non cambia.",
        _NOTICE,
    ),
    Trouble(
        3,
        "Attivazione con un importo vecchio",
        "Attiva l'avviso proponendo un importo diverso da quello dovuto oggi.",
        "Risposta OK con l'importo aggiornato dell'Ente.",
        (*_NOTICE, "amount_cents"),
    ),
    Trouble(
        4,
        "Esito positivo dopo la scadenza",
        "Attiva l'avviso, fa scadere l'attivazione, poi il PSP dichiara di aver incassato.",
        "La ricevuta arriva lo stesso e l'avviso risulta pagato; nel flusso la riga ha codice 9.",
        _NOTICE,
    ),
    Trouble(
        5,
        "Ricevuta ripetuta",
        "Paga l'avviso, ma il Nodo riaggancia prima di sentire la risposta alla ricevuta; poi la rispedisce due volte.",
        "Un solo incasso, qualunque sia il numero delle consegne.",
        _NOTICE,
    ),
    Trouble(
        6,
        "Due pagamenti dello stesso avviso",
        "Paga l'avviso e poi manda una seconda ricevuta, con un altro identificativo.",
        "Due incassi: il secondo è un pagamento doppio, in eccedenza.",
        _NOTICE,
    ),
    Trouble(
        7,
        "Ricevute che l'Ente non aspetta",
        "Manda la ricevuta di un avviso sconosciuto o annullato, poi quella di un avviso di un altro Ente di cui una parte è nostra.",
        "Entrambe conservate e incassate, ciascuna con la sua anomalia.",
        ("fiscal_code", "notice_number", "amount_cents"),
    ),
    Trouble(
        8,
        "Pagamento in stand-in con importo vecchio",
        "Paga l'avviso senza chiedere all'Ente quanto è dovuto, per un importo inferiore.",
        "Ricevuta conservata, differenza segnalata, residuo ancora dovuto.",
        (*_NOTICE, "short_cents"),
    ),
    Trouble(
        9,
        "Flusso con righe di ogni genere",
        "Prepara il flusso del giorno con i codici 0, 4, 8, 9 e 3, una riga senza indice e una riga mai vista.",
        "Flusso accolto intero; ogni riga con la sua etichetta.",
        _DAY,
    ),
    Trouble(
        10,
        "Revisione di un flusso",
        "Rimanda un flusso con lo stesso nome, più recente e con una riga in meno.",
        "La revisione sostituisce il flusso e la riconciliazione si rifà.",
        (*_DAY, "iuf"),
    ),
    Trouble(
        11,
        "Accredito che non corrisponde al flusso",
        "Prepara il file della tesoreria con un importo diverso, un accredito diviso, doppio o mancante.",
        "Ogni accredito in una coda con un nome; nessuno spiegato per sbaglio.",
        (*_DAY, "money", "format"),
    ),
    Trouble(
        12,
        "Causale scritta male",
        "Prepara il file della tesoreria con causali in maiuscolo, spezzate, con parole in più o troncate.",
        "Accredito riconosciuto; se la causale non basta, resta in una coda per l'operatore.",
        (*_DAY, "causale", "format"),
    ),
    Trouble(
        13,
        "Messaggi ostili",
        "Manda XML con entità, elementi nel namespace sbagliato, un codice fiscale sconosciuto e l'avviso di un altro Ente col nostro codice.",
        "Solo risposte KO, senza alcun dato di altri Enti.",
        ("fiscal_code", "notice_number"),
    ),
    Trouble(
        14,
        "Ente senza base dati",
        "Rimanda una ricevuta mentre la base dati dell'Ente è spenta (va spenta prima, a mano).",
        "Errore HTTP 5xx, mai un KO: la ricevuta resta in attesa e torna.",
        ("token",),
    ),
    Trouble(
        15,
        "API dei flussi in affanno",
        "Le prossime richieste all'API REST dei flussi ricevono 429 o 500.",
        "L'Ente aspetta, riprova e riparte dal punto in cui era.",
        ("status", "times", "retry_after"),
    ),
)
