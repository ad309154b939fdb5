"""What the treasurer writes of the flows' transfers: a giornale di cassa (OPI) or a CSV of provvisori.

Each credit may be written badly on purpose, in the ways that treasurers and banks really do.
Source: OPI giornale di cassa 1.8; SACI, causale of the transfer and the noise seen in it.
"""

from collections.abc import Callable, Sequence
from datetime import date

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.giornale import EXECUTED, REGULARISED, REVERSED, Credit
from pagopa.simulator.orders import Json
from paybox.kernel.money import format_euro

_FRAME, _LOOSE = "LGPE-RIVERSAMENTO", "LGPE - RIVERSAMENTO"
_HEADER = "ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO;VALUTA ENTE"
# How much of a flow's name is left: enough to be believed, and not enough.
_CUT, _CUT_SHORT = 5, 18


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
# The last two follow the credit with what the treasurer did to it afterwards: only a giornale can tell it.
_AFTERWARDS = {"regolarizzato": REGULARISED, "stornato": REVERSED}
MONEY = ("intero", "diverso", "diviso", "mancante", "doppio", *_AFTERWARDS)


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
    }.get(money, [cents])
    made = [Credit(number + step, part, on, words) for step, part in enumerate(parts) if part]
    if money in _AFTERWARDS:
        made.append(Credit(number, cents, on, words, _AFTERWARDS[money]))
    return made


def write_csv(credits: Sequence[Credit], *, psp_name: str) -> str:
    """The CSV of provvisori that treasurers' programs export, with days and euro written in Italian.

    Raises OrderRefused on whatever is not new money.
    """
    if any(credit.operation != EXECUTED for credit in credits):
        raise OrderRefused("regolarizzato e stornato si possono scrivere solo in un giornale (opi)")
    return "\n".join([_HEADER, *(_csv_line(credit, psp_name) for credit in credits)]) + "\n"


def _csv_line(credit: Credit, psp_name: str) -> str:
    day = f"{credit.on:%d/%m/%Y}"
    money = format_euro(credit.amount_cents)
    return f'{credit.on.year};{credit.number};{day};{psp_name};"{credit.causale}";{money};{day}'
