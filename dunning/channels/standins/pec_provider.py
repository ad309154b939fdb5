"""What becomes of a message handed to the certified-mail stand-in, by the address it is for.

Before: SMTP has taken it.  After: receipts in the sender's mailbox, at their pace. The part before the ``@`` tells the
story; whatever else is delivered: *accettazione*, then *avvenuta consegna*.

======================  ==========================================================================================
``rifiuta@``            refused at RCPT (550)
``piena@``              mailbox full (5.2.2)
``inesistente@``        no such mailbox (5.1.1)
``disattivata@``        disabled (5.2.1)
``virus@``              a virus is found at destination
``nonaccettata@``       not accepted by the sender's own provider
``lento@``              12-hour warning, then delivered
``perso@``              12-hour and 24-hour warnings, no delivery
``muto@``               nothing at all comes back
``cade@``               the message is taken and the line falls without an answer
``rovescio@``           delivery before acceptance
``doppia@``             each receipt twice
``alterata@``           the delivery receipt is not what was signed
``risponde@``           delivered, and the person answers
``automatica@``         delivered, and an automatic answer comes back
``…@ordinaria.example`` not a certified mailbox: accepted, never delivered
======================  ==========================================================================================
"""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from dunning.channels.standins.pec_certifier import Certifier
from dunning.channels.standins.pec_receipts import (
    Event,
    write_anomaly,
    write_envelope,
    write_receipt,
)
from dunning.channels.standins.pec_store import Letterboxes

ORDINARY_DOMAIN = "ordinaria.example"
_FAILURES = {
    "piena": "5.2.2 - casella piena",
    "inesistente": "5.1.1 - indirizzo non valido",
    "disattivata": "5.2.1 - casella disattivata",
}
_LATE = "Il messaggio non risulta consegnato: il gestore destinatario non ha risposto."


class Provider:
    """Writes receipts and letters into the mailboxes, ``delay_seconds`` one after the other."""

    def __init__(
        self, boxes: Letterboxes, certifier: Certifier, *, delay_seconds: float, clock: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._boxes = boxes
        self._certifier = certifier
        self._delay = delay_seconds
        self._clock = clock
        self.taken: list[dict[str, str]] = []

    def take(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Note the message and let its story begin."""
        self.taken.append({"to": recipient, "from": sender, "message_id": _message_id(raw)})
        for step, written in enumerate(self._story(raw, sender, recipient), 1):
            if self._delay:
                timer = threading.Timer(self._delay * step, self._boxes.of(sender).add, [written])
                timer.daemon = True
                timer.start()
            else:
                self._boxes.of(sender).add(written)

    def receipt(
        self, kind: str, *, message_id: str, sender: str, recipient: str, details: str = ""
    ) -> bytes:
        """A receipt about a message that need not exist, signed like the others."""
        original = f"Message-ID: {message_id}\r\nSubject: prova\r\n\r\n".encode()
        return self._receipt(kind, original, sender, recipient, details=details)

    def letter(
        self, *, account: str, sender: str, text: str, about: str = "", automatic: bool = False,
        ordinary: bool = False,
    ) -> bytes:  # fmt: skip
        """Something that arrives in ``account`` from ``sender``, perhaps in answer to ``about``."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, account, "Re: il vostro avviso"
        mail["Date"], mail["Message-ID"] = format_datetime(self._now()), f"<{uuid4().hex}@altrove>"
        if about:
            mail["In-Reply-To"] = mail["References"] = about
        if automatic:
            mail["Auto-Submitted"] = "auto-replied"
        mail.set_content(text)
        event = Event("posta-certificata", self._now(), sender, account)
        write = write_anomaly if ordinary else write_envelope
        return write(self._certifier, mail.as_bytes(), event)

    def _story(self, raw: bytes, sender: str, recipient: str) -> list[bytes]:
        def told(kind: str, **more: Any) -> bytes:
            return self._receipt(kind, raw, sender, recipient, **more)

        who, _, domain = recipient.lower().partition("@")
        accepted, delivered = told("accettazione"), told("avvenuta-consegna")
        if domain == ORDINARY_DOMAIN:
            return [told("accettazione", ordinary=True)]
        if who in _FAILURES:
            return [accepted, told("errore-consegna", error="altro", details=_FAILURES[who])]
        warning = "preavviso-errore-consegna"
        answer: dict[str, Any] = {"account": sender, "sender": recipient, "about": _message_id(raw)}
        match who:
            case "muto":
                return []
            case "nonaccettata":
                return [told("non-accettazione", error="altro", details="Formato non ammesso")]
            case "virus":
                return [accepted, told("rilevazione-virus", error="virus")]
            case "lento":
                return [accepted, told(warning, details=_LATE), delivered]
            case "perso":
                return [accepted, told(warning, details=_LATE), told(warning, details=_LATE)]
            case "rovescio":
                return [delivered, accepted]
            case "doppia":
                return [accepted, accepted, delivered, delivered]
            case "alterata":
                return [
                    accepted,
                    delivered.replace(b'filename="postacert.eml"', b'filename="postacerT.eml"', 1),
                ]
            case "risponde":
                words = "Buongiorno, ho già pagato a marzo. Allego la ricevuta."
                return [accepted, delivered, self.letter(**answer, text=words)]
            case "automatica":
                words = "Sono assente fino a lunedì."
                return [accepted, delivered, self.letter(**answer, text=words, automatic=True)]
            case _:
                return [accepted, delivered]

    def _receipt(
        self, kind: str, original: bytes, sender: str, recipient: str, *, error: str = "nessuno",
        details: str = "", ordinary: bool = False,
    ) -> bytes:  # fmt: skip
        event = Event(kind, self._now(), sender, recipient, error, details, ordinary)
        return write_receipt(self._certifier, original, event)

    def _now(self) -> datetime:
        return self._clock().astimezone(ZoneInfo("Europe/Rome"))


def _message_id(raw: bytes) -> str:
    found = re.search(rb"(?im)^message-id:\s*(\S+)", raw)
    return found[1].decode("ascii", "replace") if found else ""
