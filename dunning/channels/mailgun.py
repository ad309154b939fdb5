"""The e-mail provider: django-anymail's Mailgun, and its log of events when an answer was lost.

Before: ``email`` sends.  After: webhooks (``email_callbacks``); or, for what is uncertain, the log. Mailgun knows no
idempotency key but keeps our Message-ID: what is found there left, what is not found stays uncertain.
"""

from collections.abc import Mapping
from datetime import datetime

from dunning.channels.email import EmailChannel, message_id
from dunning.channels.protocol import Accepted, Message, ProviderAway, Uncertain

TIMEOUT_SECONDS = 20.0
BACKEND = "anymail.backends.mailgun.EmailBackend"


class MailgunChannel(EmailChannel):
    """``api_url`` as in ``https://api.eu.mailgun.net/v3``; ``about`` travels with each message and comes back."""

    def __init__(
        self, *, api_url: str, api_key: str, domain: str, about: Mapping[str, str]
    ) -> None:
        options = {
            "api_key": api_key,
            "api_url": api_url,
            "sender_domain": domain,
            "timeout": TIMEOUT_SECONDS,
        }
        super().__init__(backend=BACKEND, options=options, about=about)
        self._log = f"{api_url.rstrip('/')}/{domain}/events"
        self._auth = ("api", api_key)

    def find_sent(self, message: Message, *, since: datetime) -> Accepted | Uncertain:
        """Look our Message-ID up. Raises ProviderAway."""
        import httpx

        ours = message_id(message)
        asked = {
            "message-id": ours.strip("<>"),
            "begin": str(since.timestamp()),
            "ascending": "yes",
        }
        try:
            answer = httpx.get(
                self._log, params=asked, auth=self._auth, timeout=TIMEOUT_SECONDS, trust_env=False
            )
            items = answer.raise_for_status().json()["items"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ProviderAway("Il servizio di posta non risponde") from error
        return Accepted(ours) if items else Uncertain(_UNKNOWN)


_UNKNOWN = "Il servizio di posta non ha traccia del messaggio: potrebbe non essere partito."
