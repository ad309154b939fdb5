"""Reads a message of a certified mailbox: what it is, which of ours it is about, what the provider certifies.

Before: bytes from IMAP, already kept.  After: ``services/pec_intake``. Everything here is untrusted: headers in any
case and folded, parts missing, XML made to harm.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from dunning.rules.pec_receipts import RECEIPT_NAMES, PecKind
from paybox.kernel.xml import XmlRefused, parse_xml

MAX_TEXT = 20_000
MAX_CERTIFICATE = 1_000_000


class PecRefused(ValueError):
    """The message says it is a receipt and cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What ``daticert.xml`` certifies. ``ordinary`` holds the recipients without a certified mailbox."""

    kind: PecKind
    error: str
    message_id: str
    identifier: str
    provider: str
    happened_at: datetime | None
    sender: str
    recipients: tuple[str, ...]
    ordinary: tuple[str, ...]
    delivered_to: str
    details: str


@dataclass(frozen=True, slots=True)
class PecMail:
    """One message. ``about`` are the Message-IDs it may be about, the surest first; ``automatic`` an automatic answer."""

    kind: PecKind
    message_id: str
    sender: str
    subject: str
    text: str
    about: tuple[str, ...]
    sent_at: datetime | None
    automatic: bool = False
    certificate: Certificate | None = field(default=None)


def read_pec(raw: bytes) -> PecMail:
    """Raises PecRefused when what should be a receipt lacks its data, or they cannot be read."""
    mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    kind = _kind(mail)
    certificate = _certificate(mail, kind)
    if kind.is_receipt:
        reference = _token(mail, "X-Riferimento-Message-ID")
        about = _known(reference, certificate.message_id if certificate else "")
        return _told(mail, mail, kind, about, certificate)
    letter = _letter(mail) if _token(mail, "X-Trasporto") else mail
    about = _known(*reversed(_ids(letter, "References")), *_ids(letter, "In-Reply-To"))
    return _told(mail, letter, kind, about, certificate)


def read_certificate(raw: bytes) -> Certificate:
    """``daticert.xml``. Raises PecRefused."""
    try:
        root = parse_xml(raw, max_bytes=MAX_CERTIFICATE)
    except XmlRefused as error:
        raise PecRefused(f"dati di certificazione: {error}") from error
    kind = RECEIPT_NAMES.get(str(root.get("tipo", "")).strip().lower())
    if kind is None:
        raise PecRefused("dati di certificazione di un tipo sconosciuto")
    named = [
        (_text(one), str(one.get("tipo", ""))) for one in root.iterfind("intestazione/destinatari")
    ]
    return Certificate(
        kind=kind,
        error=str(root.get("errore", "nessuno")).strip().lower(),
        message_id=_text(root.find("dati/msgid")),
        identifier=_text(root.find("dati/identificativo")),
        provider=_text(root.find("dati/gestore-emittente")),
        happened_at=_instant(root.find("dati/data")),
        sender=_text(root.find("intestazione/mittente")).lower(),
        recipients=tuple(address.lower() for address, _ in named),
        ordinary=tuple(address.lower() for address, how in named if how == "esterno"),
        delivered_to=_text(root.find("dati/consegna")).lower(),
        details=_text(root.find("dati/errore-esteso")),
    )


def _told(
    mail: EmailMessage, letter: EmailMessage, kind: PecKind, about: tuple[str, ...], certificate: Certificate | None
) -> PecMail:  # fmt: skip
    return PecMail(
        kind=kind,
        message_id=_token(mail, "Message-ID"),
        sender=parseaddr(_line(letter, "From"))[1].lower(),
        subject=_line(letter, "Subject")[:500],
        text=_body(letter),
        about=about,
        sent_at=_date(letter),
        automatic=_is_automatic(letter),
        certificate=certificate,
    )


def _kind(mail: EmailMessage) -> PecKind:
    if named := _token(mail, "X-Ricevuta").lower():
        if named not in RECEIPT_NAMES:
            raise PecRefused(f"ricevuta di un tipo sconosciuto: {named[:40]}")
        return RECEIPT_NAMES[named]
    carried = _token(mail, "X-Trasporto").lower()
    return PecKind.CERTIFIED_MAIL if carried == "posta-certificata" else PecKind.ORDINARY_MAIL


def _certificate(mail: EmailMessage, kind: PecKind) -> Certificate | None:
    """Of a receipt it must be there and agree with the header. Raises PecRefused."""
    if kind is PecKind.ORDINARY_MAIL:
        return None
    found = [p for p in mail.walk() if (p.get_filename() or "").lower() == "daticert.xml"]
    if not found:
        if kind.is_receipt:
            raise PecRefused("manca daticert.xml")
        return None
    content = found[0].get_payload(decode=True)
    certificate = read_certificate(content if isinstance(content, bytes) else b"")
    if kind.is_receipt and certificate.kind is not kind:
        raise PecRefused("la ricevuta e i suoi dati di certificazione si contraddicono")
    return certificate


def _letter(mail: EmailMessage) -> EmailMessage:
    """The message that travelled in the envelope; the envelope itself when it has none."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            inside = part.get_payload()
            if isinstance(inside, list) and inside and isinstance(inside[0], EmailMessage):
                return inside[0]
    return mail


def _is_automatic(letter: EmailMessage) -> bool:
    submitted = _line(letter, "Auto-Submitted").strip().lower()
    if submitted and submitted != "no":
        return True
    silent = _line(letter, "Precedence").strip().lower() in ("auto_reply", "bulk", "junk", "list")
    return silent or any(
        name in letter for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
    )


def _body(letter: EmailMessage) -> str:
    """The plain words; HTML is left in the original."""
    try:
        part = letter.get_body(("plain",))
        text = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError):  # unknown charset, damaged part
        return ""
    return str(text).replace("\0", "")[:MAX_TEXT]


def _line(mail: EmailMessage, name: str) -> str:
    """A header unfolded, whatever its case; damaged ones are read as they are."""
    try:
        value = mail.get(name, "")
    except (ValueError, LookupError, IndexError):  # the parser gives up on some malformed headers
        value = next((v for k, v in mail.raw_items() if k.lower() == name.lower()), "")
    return " ".join(str(value).replace("\0", "").split())


def _token(mail: EmailMessage, name: str) -> str:
    return _line(mail, name).replace(" ", "")


def _ids(mail: EmailMessage, name: str) -> list[str]:
    return re.findall(r"<[^<>\s]+>", _line(mail, name))


def _known(*ids: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in ids if one))


def _text(node: object) -> str:
    return " ".join(str(getattr(node, "text", "") or "").split())


def _instant(node: object) -> datetime | None:
    """``<data zona="+0100"><giorno>dd/mm/yyyy</giorno><ora>hh:mm:ss</ora></data>``."""
    if node is None:
        return None
    day, hour = (_text(node.find(name)) for name in ("giorno", "ora"))  # type: ignore[attr-defined]  # an XML element
    zone = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", str(node.get("zona", "+0100")))  # type: ignore[attr-defined]
    try:
        naive = datetime.strptime(f"{day} {hour}", "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007 - its zone is written apart
    except ValueError:
        return None
    if zone is None:
        return None
    offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return naive.replace(tzinfo=timezone(offset if zone[1] == "+" else -offset))


def _date(mail: EmailMessage) -> datetime | None:
    try:
        found = parsedate_to_datetime(_line(mail, "Date"))
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else None
