"""What a text must say before anybody may authorise it: per act and per form, each refusal in the words of the office.

Before: a draft, its law already written out.  After: ``services/texts`` keeps it as a version, or refuses it.
Sources: L. 160/2019 art. 1 c. 792 a) for the three statements; 3GPP TS 23.038 for the alphabet of an SMS.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dunning.rules.gsm import ALPHABET
from dunning.rules.legal_texts import BLOCK_CODES
from dunning.rules.phone_script import SPOKEN
from dunning.rules.placeholders import MessageFacts, check_template, render_text
from dunning.rules.sms_text import MAX_PARTS, measure_sms
from paybox.kernel.problems import Refused

MIN_TERM_DAYS = 10
_ALREADY_PAID = re.compile(r"(ha|avesse|hanno) già (pagato|provveduto)", re.IGNORECASE)
_HOW_TO_PAY = ("{avviso}", "{avvisi}", "{link}", "{iban}")


class Act(StrEnum):
    """What the text is in law."""

    NOTICE = "AVVISO"
    MEMO = "MEMO"
    REMINDER = "SOLLECITO"
    ARREARS = "ARRETRATI"
    DEMAND = "DIFFIDA"
    ASSESSMENT = "ACCERTAMENTO"


class Form(StrEnum):
    """How it is read; the values are the channels' own names. A PEC is a letter; PHONE is what is said aloud."""

    SMS = "SMS"
    EMAIL = "EMAIL"
    PEC = "PEC"
    LETTER = "LETTERA"
    PHONE = "TELEFONO"


class TextRefused(Refused):
    """The text cannot be used; the message says everything that is missing."""


@dataclass(frozen=True, slots=True)
class Block:
    """``code`` is a legal block's, or empty for words that the office may change."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class TextDraft:
    """A text as typed. ``term_days``: what {giorni} will say. ``second``: the same in ``second_language`` (e.g. "de").

    ``variant``: the name of a text that only the steps that name it say; empty for the ordinary one of its act.
    """

    act: Act
    form: Form
    subject: str
    blocks: tuple[Block, ...]
    term_days: int = 15
    second_language: str = ""
    second: str = ""
    variant: str = ""

    @property
    def words(self) -> str:
        """The body, block after block."""
        return "\n\n".join(block.text for block in self.blocks)


Rule = tuple[Callable[[TextDraft], bool], str]

_TOLD: tuple[Rule, ...] = (
    (lambda t: "{ente}" in t.words, "Deve dire quale Ente scrive: serve {ente}"),
    (lambda t: "{importo}" in t.words, "Deve dire quanto c'è da pagare: serve {importo}"),
    (
        lambda t: any(slot in t.words for slot in _HOW_TO_PAY),
        "Deve dire come si paga: serve {avvisi}, {avviso}, {link} o {iban}",
    ),
)
_PAID: Rule = (
    lambda t: bool(_ALREADY_PAID.search(t.words)),
    "Deve dire che cosa fare «se ha già pagato»",
)
_OFFICE: Rule = (
    lambda t: "{ufficio}" in t.words,
    "Deve dire a quale ufficio rivolgersi: serve {ufficio}",
)
_DETAIL: Rule = (
    lambda t: all(slot in t.words for slot in ("{capitale}", "{interessi}", "{spese}")),
    "Deve dire separati il capitale, gli interessi e le spese: servono {capitale}, {interessi} e {spese}",
)
_TERM: Rule = (
    lambda t: "{giorni}" in t.words and t.term_days >= MIN_TERM_DAYS,
    f"Deve dare un termine di almeno {MIN_TERM_DAYS} giorni, detto nel testo con {{giorni}}",
)
_YEARS: Rule = (
    lambda t: "{anni}" in t.words + t.subject,
    "Deve dire a quali anni si riferisce: serve {anni}",
)
_ONE_NOTICE: Rule = (
    lambda t: "{avviso}" not in t.words + t.subject,
    "Una persona può avere più avvisi: al posto di {avviso} serve {avvisi}",
)
_STATEMENTS: tuple[Rule, ...] = (
    (
        lambda t: _has(t, "INTIMAZIONE_TRIBUTI") != _has(t, "INTIMAZIONE_ENTRATE"),
        "Manca l'intimazione a pagare: serve un blocco, per i tributi o per le altre entrate (comma 792, lettera a)",
    ),
    (
        lambda t: _has(t, "TITOLO"),
        "Manca l'indicazione che l'atto è titolo esecutivo (comma 792, lettera a)",
    ),
    (
        lambda t: _has(t, "RISCOSSORE"),
        "Manca il soggetto che procederà alla riscossione (comma 792, lettera a)",
    ),
)
_MORA: Rule = (lambda t: _has(t, "MORA"), "Manca il blocco di legge della costituzione in mora")


def problems_of(draft: TextDraft) -> list[str]:
    """Everything that keeps the text from being used, in order; empty when it is good."""
    if unknown := _slots(draft):
        return [unknown]
    found = [words for holds, words in _rules(draft) if not holds(draft)]
    return found + _formal(draft) + (_sms(draft) if draft.form is Form.SMS else [])


def check_text(draft: TextDraft) -> None:
    """Raise TextRefused with all the problems."""
    if found := problems_of(draft):
        raise TextRefused(". ".join(found))


def _rules(draft: TextDraft) -> tuple[Rule, ...]:
    match draft.act:
        case Act.NOTICE:
            return (*_TOLD, _PAID) if draft.form is Form.SMS else (*_TOLD, _OFFICE, _PAID)
        case Act.MEMO | Act.REMINDER if draft.form is Form.SMS:
            return (*_TOLD, _PAID, _ONE_NOTICE)
        case Act.ARREARS:
            return (*_TOLD, _DETAIL, _TERM, _YEARS, _OFFICE, _PAID, _ONE_NOTICE)
        case Act.MEMO | Act.REMINDER if draft.form is Form.PHONE:
            return (*_aloud(), _OFFICE, _PAID, _ONE_NOTICE)
        case Act.MEMO | Act.REMINDER:
            return (*_TOLD, _DETAIL, _TERM, _OFFICE, _PAID, _ONE_NOTICE)
        case Act.DEMAND:
            return (*_TOLD, _DETAIL, _TERM, _MORA, _OFFICE, _PAID, _ONE_NOTICE)
        case Act.ASSESSMENT:
            return (*_TOLD, _DETAIL, *_STATEMENTS, _OFFICE, _ONE_NOTICE)


def _aloud() -> tuple[Rule, ...]:
    return tuple((lambda t, holds=holds: holds(t.words), words) for holds, words in SPOKEN)


def _formal(draft: TextDraft) -> list[str]:
    found = []
    if draft.act in (Act.DEMAND, Act.ASSESSMENT) and draft.form not in (Form.PEC, Form.LETTER):
        found.append("Questo atto si manda solo per PEC o per lettera")
    if draft.act is Act.ARREARS and draft.form is Form.SMS:
        found.append("Una campagna per anni passati si fa per lettera o per e-mail")
    if draft.form is not Form.SMS and not draft.subject.strip():
        found.append("Manca l'oggetto")
    if any(block.code and block.code not in BLOCK_CODES for block in draft.blocks):
        found.append("Un blocco di legge non esiste")
    if bool(draft.second_language) != bool(draft.second.strip()):
        found.append("La seconda lingua vuole il suo nome e il suo testo")
    return found


def _sms(draft: TextDraft) -> list[str]:
    strange = sorted(set(draft.words) - ALPHABET)
    found = []
    if strange:
        shown = " ".join(strange)
        found.append(f"L'SMS contiene segni che ne raddoppiano il costo: {shown}")
    parts = measure_sms(render_text(draft.words, LONGEST)).parts
    if parts > MAX_PARTS:
        found.append(
            f"Con il nome e l'importo più lunghi occupa {parts} SMS: il massimo è {MAX_PARTS}"
        )
    return found


def _slots(draft: TextDraft) -> str:
    try:
        for text in (draft.subject, draft.words, draft.second):
            check_template(text)
    except Refused as refusal:
        return str(refusal).rstrip(".")
    return ""


def _has(draft: TextDraft, code: str) -> bool:
    return any(block.code == code for block in draft.blocks)


LONGEST = MessageFacts(
    nome="Maria Antonietta Della Rovere Santacroce",
    importo_cents=9_999_999,
    scadenza=date(2026, 12, 31),
    avviso="3" * 18,
    ente="Ordine dei dottori agronomi e forestali",
    link="https://pagamenti.comune.example/",
    capitale_cents=9_999_999,
    giorni=60,
    anni="2019, 2020, 2021, 2022, 2023",
    ufficio="Ufficio tributi, tel. 06 0000000, tributi@comune.example",
)
