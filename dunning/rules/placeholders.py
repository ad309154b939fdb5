"""Message templates: typed placeholders, filled once, with nothing of the debtor's data able to add
a link or a line.

Before: a template's text and the facts of one item.  After: ``sms_text`` or the e-mail channel.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused

# "saluto", "entro" and "conto" are whole phrases, empty where there is nothing to say.
PLACEHOLDERS = (
    "nome", "importo", "scadenza", "avviso", "ente", "link", "saluto", "entro", "conto",
    "avvisi", "capitale", "interessi", "spese", "giorni", "iuv", "iban", "ufficio", "riscossore",
    "anni",
)  # fmt: skip
MAX_NAME = 80
MAX_WORDS = 200
NO_NOTICE = "0" * 18  # several notices: the texts do not print a number

_SLOT = re.compile(r"\{([^{}]*)\}")
_DOMAIN_DOT = re.compile(r"(?<=\w)[.．。｡](?=[^\W\d_]{2,})")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/+", re.IGNORECASE)


class PlaceholderRefused(Refused):
    """The template or one of the values cannot be used; the message says which."""


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What a message may say of one item. ``avviso`` is the notice number (18 digits), NO_NOTICE when there are several;
    ``link`` may be empty; ``scadenza`` is ``date.max`` when there is none; ``giorni`` is the term to pay, ``anni`` the years that are asked for.
    """

    nome: str
    importo_cents: int
    scadenza: date
    avviso: str
    ente: str
    link: str = ""
    conto: str = ""
    capitale_cents: int = 0
    interessi_cents: int = 0
    spese_cents: int = 0
    giorni: int = 0
    iban: str = ""
    ufficio: str = ""
    riscossore: str = ""
    anni: str = ""
    day_form: str = "%d/%m/%Y"  # as ``strftime``; another language may want its own


def check_template(template: str) -> None:
    """Raise PlaceholderRefused unless every brace belongs to a known placeholder."""
    for name in _SLOT.findall(template):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
            raise PlaceholderRefused(
                f"Il segnaposto {{{name}}} non esiste. Si possono usare: {known}."
            )
    if re.search(r"[{}]", _SLOT.sub("", template)):
        raise PlaceholderRefused("Il testo contiene una parentesi graffa senza la sua compagna.")


def render_text(template: str, facts: MessageFacts) -> str:
    """Fill a plain text (SMS, subject, text part). Raises PlaceholderRefused."""
    return _fill(template, facts, lambda value: value)


def render_html(template: str, facts: MessageFacts) -> str:
    """Fill an HTML text; every value is escaped. Raises PlaceholderRefused."""
    return _fill(template, facts, html.escape)


def break_links(name: str) -> str:
    """A name on one line in which no telephone or mail program finds a link to press.

    ``ROSSI S.R.L.`` stays as it is; ``www.truffa.it`` becomes ``www. truffa. it``.
    """
    folded = unicodedata.normalize("NFKC", name)
    seen = "".join(_visible(char) for char in folded)
    broken = _DOMAIN_DOT.sub(". ", _SCHEME.sub(" ", seen))
    return " ".join(broken.split())[:MAX_NAME].strip()


def _visible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind == "Cf" else char  # invisible joiners and direction marks


def _fill(template: str, facts: MessageFacts, escape: Callable[[str], str]) -> str:
    check_template(template)
    return _SLOT.sub(
        lambda slot: escape(_value(slot[1], facts)), template
    )  # one pass: values are not read again


def _value(name: str, facts: MessageFacts) -> str:
    match name:
        case "importo":
            return _amount(facts.importo_cents)
        case "scadenza":
            return facts.scadenza.strftime(facts.day_form)
        case "avviso":
            return _notice_number(facts.avviso)
        case "avvisi":
            return _notices(facts.avviso)
        case "iuv":
            return _notice_number(facts.avviso)[1:]
        case "capitale" | "interessi" | "spese":
            return f"{format_euro(_cents(name, facts))} €"
        case "giorni":
            return _days(facts.giorni)
        case "iban":
            return _iban(facts.iban)
        case "link":
            return _link(facts.link)
        case "saluto" | "entro" | "conto":
            return _phrase(name, facts)
        case "ufficio" | "anni":
            return _plain(name, facts.ufficio if name == "ufficio" else facts.anni)
        case _:
            told = {"nome": facts.nome, "ente": facts.ente, "riscossore": facts.riscossore}
            return _words(name, told[name])


def _phrase(name: str, facts: MessageFacts) -> str:
    named, account = break_links(facts.nome), break_links(facts.conto)
    if name == "saluto":
        return f"Gentile {named}, " if named else ""
    if name == "conto":
        return f" Conto: {account}." if account else ""
    return f" entro il {facts.scadenza:%d/%m/%Y}" if facts.scadenza != date.max else ""


def _words(name: str, value: str) -> str:
    broken = break_links(value)
    if not broken:
        raise PlaceholderRefused(f"Manca il valore per il segnaposto {{{name}}}.")
    return broken


def _plain(name: str, value: str) -> str:
    """Words of the Ente itself: on one line, its addresses left whole."""
    seen = " ".join("".join(_visible(char) for char in value).split())[:MAX_WORDS]
    if not seen:
        raise PlaceholderRefused(f"Manca il valore per il segnaposto {{{name}}}.")
    return seen


def _notices(avviso: str) -> str:
    """Completes "può pagare con …"."""
    if avviso == NO_NOTICE:
        return "gli avvisi già ricevuti"
    return f"il numero avviso {_notice_number(avviso)}"


def _cents(name: str, facts: MessageFacts) -> int:
    parts = {
        "capitale": facts.capitale_cents,
        "interessi": facts.interessi_cents,
        "spese": facts.spese_cents,
    }
    if sum(parts.values()) != facts.importo_cents or min(parts.values()) < 0:
        raise PlaceholderRefused("Capitale, interessi e spese non danno l'importo da comunicare.")
    return parts[name]


def _days(days: int) -> str:
    if not 1 <= days <= 365:
        raise PlaceholderRefused("Il termine per pagare va da 1 a 365 giorni.")
    return str(days)


def _iban(iban: str) -> str:
    """In groups of four, its check digits right (ISO 13616)."""
    bare = "".join(iban.split()).upper()
    digits = "".join(str(int(char, 36)) for char in bare[4:] + bare[:4] if char.isalnum())
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", bare) or int(digits) % 97 != 1:
        raise PlaceholderRefused("L'IBAN non è valido.")
    return " ".join(bare[i : i + 4] for i in range(0, len(bare), 4))


def _amount(cents: int) -> str:
    if cents <= 0:
        raise PlaceholderRefused("L'importo da comunicare deve essere maggiore di zero.")
    return f"{format_euro(cents)} €"


def _notice_number(avviso: str) -> str:
    if not re.fullmatch(r"[0-9]{18}", avviso):
        raise PlaceholderRefused("Il numero avviso deve avere 18 cifre.")
    return avviso


def _link(link: str) -> str:
    parts = urlsplit(link) if re.fullmatch(r"[\x21-\x7e]+", link) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise PlaceholderRefused("Il collegamento deve essere un indirizzo https completo.")
    return link
