"""Reads what went wrong with an e-mail: certainly not sent, or possibly sent.

Before: an exception from smtplib, a socket or django-anymail.  After: the outcome that
``channels/email`` answers.
"""

import smtplib
from typing import Any

from dunning.channels.protocol import Rejected, SendOutcome, Uncertain
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.email_events import email_meaning

_LOST = "Il collegamento si è interrotto durante l'invio: il messaggio potrebbe essere partito."


def unreached(error: OSError) -> Rejected:
    """The server was not reached, or did not let us in: nothing was written."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Rejected(
            "AUTENTICAZIONE", "Il server di posta non accetta le credenziali dell'Ente.", False
        )
    return Rejected("COLLEGAMENTO", "Il server di posta non è raggiungibile.", False)


def outcome_of_failure(error: Exception, connection: Any) -> SendOutcome:
    """Outcome of a failed hand-over on ``connection`` (a Django mail backend)."""
    from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused

    if isinstance(error, AnymailRecipientsRefused):
        words = "Il servizio di posta rifiuta questo destinatario."
        return Rejected("RIFIUTATO", words, True, blames_contact=True)
    if isinstance(error, AnymailAPIError):
        return _from_esp(error)
    if reply := _reply_of(error):
        return _from_smtp(*reply, of_recipient=isinstance(error, smtplib.SMTPRecipientsRefused))
    handed_over = getattr(getattr(connection, "connection", None), "handed_over", True)
    return Uncertain(_LOST) if handed_over else unreached(OSError())


def _reply_of(error: Exception) -> tuple[int, bytes] | None:
    """The server's explicit reply, when there is one."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return error.smtp_code, reply if isinstance(reply, bytes) else reply.encode()
    return None


def _from_smtp(code: int, reply: bytes, *, of_recipient: bool) -> SendOutcome:
    """4xx and 5xx are verdicts on the message; anything else says nothing we can rely on. The address is to blame only for
    what is said of the recipient, not for a sender, a size or words that will not do.
    """
    said = " ".join(reply.decode("utf-8", "replace").split())[:200]
    if code >= 500:
        words = f"Il server di posta rifiuta il messaggio: {said}"
        told = email_meaning("bounced", said=said)
        for_good = told.status is DeliveryStatus.FALLITO_PERM  # a full mailbox may empty itself
        blames = of_recipient and told.blames_contact
        return Rejected(str(code), words, for_good, blames_contact=blames)
    if code >= 400:
        return Rejected(
            str(code), f"Il server di posta chiede di riprovare più tardi: {said}", False
        )
    return Uncertain(_LOST)


def _from_esp(error: Any) -> SendOutcome:
    status = error.status_code
    if status is None:
        return Uncertain(_LOST) if not _never_connected(error) else unreached(OSError())
    if status in (401, 403, 404):
        return Rejected(
            str(status), "Il servizio di posta non accetta le credenziali dell'Ente.", False
        )
    if status == 429:
        return Rejected("429", "Troppe richieste al servizio di posta in poco tempo.", False)
    if 400 <= status < 500:
        return Rejected(str(status), "Il servizio di posta rifiuta il messaggio.", True)
    return Uncertain(_LOST)  # 5xx, or 2xx that cannot be read: it may have been taken


def _never_connected(error: Exception) -> bool:
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    seen: BaseException | None = error.__cause__
    if isinstance(seen, ConnectTimeout):
        return True
    reason = getattr(seen.args[0], "reason", None) if seen is not None and seen.args else None
    return isinstance(reason, NewConnectionError)
