"""The official Twilio client, able to speak to another address than Twilio's (the local stand-in).

Before: ``channels/sms``, which imports this only when it sends.  After: Twilio's REST, 2010-04-01.
The client's own ``region`` and ``edge`` only build names under twilio.com, hence the redirection.
"""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client


class RedirectedHttpClient(TwilioHttpClient):
    """Twilio's HTTP client with scheme and host replaced by ``api_base``; never repeats a request
    by itself.
    """

    def __init__(self, api_base: str, *, timeout_seconds: float) -> None:
        super().__init__(timeout=timeout_seconds, max_retries=0)
        self._base = urlsplit(api_base)
        if api_base:
            self.session.trust_env = (
                False  # a proxy of the environment knows nothing of the stand-in
            )

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, self._redirected(url), *args, **kwargs)

    def _redirected(self, url: str) -> str:
        if not self._base.netloc:
            return url
        return urlunsplit(
            urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        )


def twilio_client(
    *, account_sid: str, auth_token: str, api_base: str, timeout_seconds: float
) -> Client:
    """An official client; ``api_base`` empty means Twilio itself."""
    wire = RedirectedHttpClient(api_base, timeout_seconds=timeout_seconds)
    return Client(account_sid, auth_token, http_client=wire)
