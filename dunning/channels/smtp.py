"""SMTP that knows how far it got: Django's backend, plus whether the text of the message was
already handed over.

Before: ``channels/email``.  After: the body's mail server, or the local sink.
A lost connection before DATA means "not sent"; after it, only the server knows.
"""

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend


class _Attentive:
    handed_over = False

    def data(self, msg: Any) -> Any:
        self.handed_over = True
        return super().data(msg)  # type: ignore[misc]  # the next class in line is smtplib's


class AttentiveSMTP(_Attentive, smtplib.SMTP):
    """smtplib's client with ``handed_over``: True once DATA has been asked for."""


class AttentiveSMTPSSL(_Attentive, smtplib.SMTP_SSL):
    """The same, over implicit TLS."""


class EmailBackend(DjangoEmailBackend):
    """Django's SMTP backend on the attentive clients; same options (host, port, username, password,
    use_tls, timeout).
    """

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return AttentiveSMTPSSL if self.use_ssl else AttentiveSMTP
