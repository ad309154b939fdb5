"""SMTP that knows how far it got: Django's backend, plus whether the text of the message was
already handed over; and that asks for delivery status notifications (RFC 3461) when they can come back.

Before: ``channels/email``.  After: the body's mail server, or the local sink.
A lost connection before DATA means "not sent"; after it, only the server knows.
"""

import smtplib
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

from dunning.channels.dsn import xtext


class _Attentive:
    handed_over = False
    envelope_id = ""  # none: nothing is asked

    def mail(self, sender: str, options: Sequence[str] = ()) -> Any:
        """A connection may carry many messages: each begins here."""
        self.handed_over = False
        return super().mail(sender, options)  # type: ignore[misc]  # the next class in line is smtplib's

    def data(self, msg: Any) -> Any:
        self.handed_over = True
        return super().data(msg)  # type: ignore[misc]  # the next class in line is smtplib's

    def sendmail(
        self, from_addr: str, to_addrs: Sequence[str], msg: Any, mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> Any:  # fmt: skip
        """Headers only are returned; success, failure and delay are told, with our id of the envelope."""
        self.ehlo_or_helo_if_needed()  # type: ignore[attr-defined]  # smtplib's
        if self.envelope_id and self.has_extn("dsn"):  # type: ignore[attr-defined]  # smtplib's
            mail_options = [*mail_options, "RET=HDRS", f"ENVID={xtext(self.envelope_id)}"]
            rcpt_options = [*rcpt_options, "NOTIFY=SUCCESS,FAILURE,DELAY", *_original(to_addrs)]
        return super().sendmail(from_addr, to_addrs, msg, mail_options, rcpt_options)  # type: ignore[misc]  # smtplib's


class AttentiveSMTP(_Attentive, smtplib.SMTP):
    """smtplib's client with ``handed_over``: True once DATA has been asked for."""


class AttentiveSMTPSSL(_Attentive, smtplib.SMTP_SSL):
    """The same, over implicit TLS."""


class EmailBackend(DjangoEmailBackend):
    """Django's SMTP backend on the attentive clients; same options (host, port, username, password,
    use_tls, timeout). A message with an ``envelope_id`` asks what becomes of it.
    """

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return AttentiveSMTPSSL if self.use_ssl else AttentiveSMTP

    def _send(self, email_message: EmailMessage) -> bool:
        line: Any = self.connection
        line.envelope_id = getattr(email_message, "envelope_id", "")
        return bool(super()._send(email_message))  # type: ignore[misc]  # Django's, not in its stubs


def _original(to_addrs: Sequence[str]) -> list[str]:
    """RFC 3461 §4.2: whom we wrote to, as it was, whatever it is forwarded to."""
    (to,) = to_addrs
    return [f"ORCPT=rfc822;{xtext(to)}"] if to.isascii() else []
