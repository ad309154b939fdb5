"""What the treasurer writes of the flows' transfers: a giornale di cassa (OPI) or a CSV of provvisori.

Each credit may be written badly on purpose, in the ways that treasurers and banks really do.
Source: OPI giornale di cassa 1.8; SACI, causale of the transfer and the noise seen in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import escape

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json
from paybox.kernel.money import format_euro, to_decimal_string

_FRAME, _LOOSE = "LGPE-RIVERSAMENTO", "LGPE - RIVERSAMENTO"
_HEADER = "ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO;VALUTA ENTE"
# How much of a flow's name is left: enough to be believed, and not enough.
_CUT, _CUT_SHORT = 5, 18


@dataclass(frozen=True, slots=True)
class Credit:
    """One provvisorio d'entrata; ``number`` is unique in the year."""

    number: int
    amount_cents: int
    on: date
    causale: str


def _broken(causale: str) -> str:
    """A blank in the middle of every word longer than a line of the bank's form."""
    return " ".join(causale[at : at + 27] for at in range(0, len(causale), 27))


CAUSALE: dict[str, Callable[[str], str]] = {
    "esatta": lambda text: text,
    "maiuscole": lambda text: f"ACCREDITI VARI {text.upper()}",
    "spazi": lambda text: text.replace(_FRAME, _LOOSE).replace("/URI/", " / URI / "),
    "spezzata": _broken,
    "progressivo": lambda text: text.replace("/URI/", "/TXT/0/URI/"),
    "ordinante": lambda text: f"Descrizione Ordinante :Banca di Esempio: {text}",
    "troncata": lambda text: text[:-_CUT],
    "troppo-corta": lambda text: text[:-_CUT_SHORT],
    "illeggibile": lambda text: "BONIFICO A VOSTRO FAVORE",
}
MONEY = ("intero", "diverso", "diviso", "mancante", "doppio")


def credits_of(
    flow: Json, *, causale: str = "esatta", money: str = "intero", number: int, on: date
) -> list[Credit]:
    """The treasurer's lines for one flow, in cents; none when ``money`` is «mancante». Raises OrderRefused."""
    if causale not in CAUSALE or money not in MONEY:
        raise OrderRefused(f"causale: {', '.join(CAUSALE)}; money: {', '.join(MONEY)}")
    words, cents = CAUSALE[causale](str(flow["causale"])), int(flow["amount_cents"])
    parts = {
        "intero": [cents],
        "diverso": [cents + 1],
        "diviso": [cents // 2, cents - cents // 2],
        "mancante": [],
        "doppio": [cents, cents],
    }[money]
    return [Credit(number + step, part, on, words) for step, part in enumerate(parts) if part]


def write_csv(credits: Sequence[Credit], *, psp_name: str) -> str:
    """The CSV of provvisori that treasurers' programs export, with days and euro written in Italian."""
    return "\n".join([_HEADER, *(_csv_line(credit, psp_name) for credit in credits)]) + "\n"


def _csv_line(credit: Credit, psp_name: str) -> str:
    day = f"{credit.on:%d/%m/%Y}"
    money = format_euro(credit.amount_cents)
    return f'{credit.on.year};{credit.number};{day};{psp_name};"{credit.causale}";{money};{day}'


def write_giornale(
    credits: Sequence[Credit], *, fiscal_code: str, made_at: datetime, year: int
) -> str:
    """A giornale di cassa with the parts a reader of provvisori needs; it carries no signature."""
    day = made_at.date().isoformat()
    stamp = f"{made_at:%Y%m%d}"
    body = "".join(_movement(credit) for credit in credits)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><flusso_giornale_di_cassa><testata_messaggio>'
        f"<codice_ABI_BT>05034</codice_ABI_BT>{_tag('data_ora_creazione_flusso', made_at.isoformat())}"
        f"{_tag('codice_fiscale_ente', fiscal_code)}</testata_messaggio>"
        f"{_tag('identificativo_flusso_BT', f'GDC-{stamp}0000000001#001#001')}"
        f"<pagina>1</pagina><pagine_totali>1</pagine_totali>{_tag('esercizio', str(year))}"
        f"{_tag('data_riferimento_GdC', day)}<informazioni_conto_evidenza>"
        f"<conto_evidenza>0000100</conto_evidenza>{body}"
        "</informazioni_conto_evidenza></flusso_giornale_di_cassa>"
    )


def _movement(credit: Credit) -> str:
    day = credit.on.isoformat()
    return (
        "<movimento_conto_evidenza><tipo_movimento>ENTRATA</tipo_movimento>"
        "<tipo_documento>SOSPESO ENTRATA</tipo_documento><tipo_operazione>ESEGUITO</tipo_operazione>"
        f"{_tag('numero_documento', str(credit.number))}<progressivo_documento>1</progressivo_documento>"
        f"{_tag('importo', to_decimal_string(credit.amount_cents))}{_tag('data_movimento', day)}"
        f"{_tag('data_valuta_ente', day)}<tipo_esecuzione>SEPA CREDIT TRANSFER</tipo_esecuzione>"
        f"{_tag('causale', credit.causale)}</movimento_conto_evidenza>"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
