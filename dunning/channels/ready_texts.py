"""The texts the product comes with, one folder a service, ready to be used or copied and changed.

Before: ``templates/messages``.  After: an Ente's own message templates, or ``rules/placeholders``.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dunning.rules.placeholders import check_template

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "messages"
SERVICES = ("tari", "quota_albo", "generico")
_BY_CODE = {"TARI": "tari", "QUOTA": "quota_albo"}


@dataclass(frozen=True, slots=True)
class ReadyEmail:
    """Subject, plain text and HTML of one e-mail, with their placeholders."""

    subject: str
    text: str
    html: str


def notice_email(service: str) -> ReadyEmail:
    """The e-mail that carries the notice of ``service`` (one of SERVICES)."""
    return ReadyEmail(
        subject=_read(service, "avviso.subject.txt").strip(),
        text=_read(service, "avviso.txt"),
        html=_read(service, "avviso.html"),
    )


def notice_link_text() -> str:
    """The same when the PDF is behind an address, which is added below."""
    return _read("generico", "avviso_collegamento.txt")


def notice_io_text() -> str:
    """The notice as App IO says it: the payment is beside the words."""
    return _read("generico", "avviso_app_io.txt")


def reminder_sms(service: str) -> str:
    """The first, courteous SMS on what ``service`` is owed and has passed its due date."""
    return _read(service, "promemoria.sms.txt").strip()


def reminder_sms_for_many(service: str) -> str:
    """The same when more than one notice is overdue: the total, and where to see them all."""
    return _read(service, "promemoria_piu_avvisi.sms.txt").strip()


def before_due_sms(*, many: bool) -> str:
    """The reminder that comes before the due date, for one notice or for more than one."""
    return _read(
        "generico", "prima_della_scadenza_piu_avvisi.txt" if many else "prima_della_scadenza.txt"
    ).strip()


def list_message() -> str:
    """What is owed, to people known only by a list: name, due date and account are said when given."""
    return _read("generico", "elenco.txt").strip()


def texts_of_service(code: str) -> str:
    """The folder of texts for a *tipo di dovuto*; ``generico`` when it has none of its own."""
    return _BY_CODE.get(code, "generico")


def all_texts(service: str) -> str:
    """Every text of the folder in one, as a wave's snapshot fingerprints it."""
    email = notice_email(service)
    return "\x1f".join(
        (
            email.subject,
            email.text,
            email.html,
            reminder_sms(service),
            reminder_sms_for_many(service),
            before_due_sms(many=False),
            before_due_sms(many=True),
            list_message(),
            notice_link_text(),
            notice_io_text(),
        )
    )


@lru_cache(maxsize=64)  # they are part of the product: new ones come with a new process
def _read(service: str, name: str) -> str:
    if service not in SERVICES:
        raise LookupError(f"no ready texts for {service}")
    text = (FOLDER / service / name).read_text(encoding="utf-8")
    check_template(text)
    return text
