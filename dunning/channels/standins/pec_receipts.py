"""The messages a certified-mail provider writes: receipts, envelopes of what arrives, anomalies. All signed.

Before: ``pec_provider`` decides what happens to a message.  After: the sender's mailbox.
"""

from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

from dunning.channels.standins.pec_certifier import Certifier

_SUBJECTS = {
    "accettazione": "ACCETTAZIONE",
    "non-accettazione": "AVVISO DI NON ACCETTAZIONE",
    "presa-in-carico": "PRESA IN CARICO",
    "avvenuta-consegna": "CONSEGNA",
    "preavviso-errore-consegna": "AVVISO DI MANCATA CONSEGNA PER SUPERAMENTO TEMPO MASSIMO",
    "errore-consegna": "AVVISO DI MANCATA CONSEGNA",
    "rilevazione-virus": "PROBLEMA DI SICUREZZA",
    "posta-certificata": "POSTA CERTIFICATA",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a message: what, when, to whom, and the provider's words."""

    kind: str
    at: datetime
    sender: str
    recipient: str
    error: str = "nessuno"
    details: str = ""
    ordinary: bool = False
    identifier: str = field(default_factory=lambda: f"prova{uuid4().hex[:16]}")


def write_receipt(certifier: Certifier, original: bytes, event: Event) -> bytes:
    """A receipt for the sender of ``original``; a delivery receipt carries the whole of it."""
    about = _headers(original)
    wanted = event.kind == "avvenuta-consegna"
    head = [
        ("X-Ricevuta", event.kind),
        ("X-Riferimento-Message-ID", about["Message-ID"]),
        ("X-TipoRicevuta", "completa"),
        ("X-VerificaSicurezza", "nessuna"),
        ("To", event.sender),
    ]
    return _signed(certifier, head, event, about, original if wanted else None)


def write_envelope(certifier: Certifier, letter: bytes, event: Event) -> bytes:
    """A certified message that arrives: the letter inside its envelope."""
    about = _headers(letter)
    head = [
        ("X-Trasporto", "posta-certificata"),
        ("X-Riferimento-Message-ID", about["Message-ID"]),
        ("Reply-To", event.sender),
        ("To", event.recipient),
    ]
    return _signed(certifier, head, event, about, letter)


def write_anomaly(certifier: Certifier, letter: bytes, event: Event) -> bytes:
    """Ordinary mail in a certified mailbox: wrapped, and worth what ordinary mail is worth."""
    head = [("X-Trasporto", "errore"), ("To", event.recipient)]
    subject = f"ANOMALIA MESSAGGIO: {_headers(letter)['Subject']}"
    part = _mixed([_plain("Errore nel messaggio ricevuto."), _message(letter)])
    return _sealed(certifier, [*head, ("Subject", subject)], event, part)


def _signed(
    certifier: Certifier, head: list[tuple[str, str]], event: Event, about: EmailMessage, inside: bytes | None
) -> bytes:  # fmt: skip
    told = _SUBJECTS[event.kind]
    words = f"{told}\r\nIl messaggio «{about['Subject']}» per {event.recipient}.\r\n{event.details}"
    parts = [_plain(words), _certificate(certifier, event, about)]
    if inside is not None:
        parts.append(_message(inside))
    head = [*head, ("Subject", f"{told}: {about['Subject']}")]
    return _sealed(certifier, head, event, _mixed(parts))


def _sealed(certifier: Certifier, head: list[tuple[str, str]], event: Event, part: bytes) -> bytes:
    boundary = f"----firma{uuid4().hex}"
    outside = EmailMessage(policy=policy.SMTP.clone(max_line_length=70))
    outside["From"] = certifier.address
    outside["Date"] = format_datetime(event.at)
    outside["Message-ID"] = f"<{event.identifier}@prova>"
    for name, value in head:
        outside[name] = value
    outside["MIME-Version"] = "1.0"
    top = outside.as_bytes().rstrip(b"\r\n")
    kind = (
        'Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg=sha-256;\r\n'
        f' boundary="{boundary}"'
    )
    mark = f"--{boundary}".encode()
    seal = (
        b'Content-Type: application/x-pkcs7-signature; name="smime.p7s"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n' + certifier.sign(part)
    )
    whole = [
        top,
        kind.encode(),
        b"",
        b"Messaggio firmato.",
        mark,
        part,
        mark,
        seal + mark + b"--",
        b"",
    ]
    return b"\r\n".join(whole)


def _certificate(certifier: Certifier, event: Event, about: EmailMessage) -> bytes:
    root = Element("postacert", tipo=event.kind, errore=event.error)
    heading = SubElement(root, "intestazione")
    SubElement(heading, "mittente").text = event.sender
    how = "esterno" if event.ordinary else "certificato"
    SubElement(heading, "destinatari", tipo=how).text = event.recipient
    SubElement(heading, "risposte").text = event.sender
    SubElement(heading, "oggetto").text = str(about["Subject"])
    data = SubElement(root, "dati")
    SubElement(data, "gestore-emittente").text = "PEC di prova"
    day = SubElement(data, "data", zona=event.at.strftime("%z"))
    SubElement(day, "giorno").text = event.at.strftime("%d/%m/%Y")
    SubElement(day, "ora").text = event.at.strftime("%H:%M:%S")
    SubElement(data, "identificativo").text = event.identifier
    SubElement(data, "msgid").text = str(about["Message-ID"])
    SubElement(data, "ricevuta", tipo="completa")
    if event.kind not in ("accettazione", "posta-certificata"):
        SubElement(data, "consegna").text = event.recipient
    if event.details:
        SubElement(data, "errore-esteso").text = event.details
    head = 'Content-Type: application/xml; name="daticert.xml"\r\nContent-Transfer-Encoding: base64\r\n'
    head += 'Content-Disposition: attachment; filename="daticert.xml"\r\n\r\n'
    return head.encode() + _base64(tostring(root, encoding="UTF-8", xml_declaration=True))


def _mixed(parts: list[bytes]) -> bytes:
    boundary = f"----parti{uuid4().hex}"
    mark = f"--{boundary}".encode()
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _plain(words: str) -> bytes:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + _base64(words.encode())


def _message(inside: bytes) -> bytes:
    head = b'Content-Type: message/rfc822; name="postacert.eml"\r\n'
    return head + b'Content-Disposition: attachment; filename="postacert.eml"\r\n\r\n' + inside


def _base64(content: bytes) -> bytes:
    from base64 import encodebytes

    return encodebytes(content).replace(b"\n", b"\r\n")


def _headers(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
