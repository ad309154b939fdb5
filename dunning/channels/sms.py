"""SMS through Twilio's official client, towards Twilio or the local stand-in.

Before: an attempt with its text already in GSM-7 (``rules/sms_text``).  After: status callbacks
(``channels/sms_callbacks``). Twilio knows no idempotency key: when the answer is lost the attempt
is uncertain and is looked up, not repeated.
"""

import contextlib
from datetime import datetime
from functools import cached_property
from typing import Any

from dunning.channels.protocol import (
    Accepted,
    Message,
    ProviderAway,
    Rejected,
    SendOutcome,
    Uncertain,
)
from dunning.channels.sms_callbacks import callback_with_attempt
from dunning.rules.sms_faults import sms_fault

_LOST = "Il fornitore SMS non ha risposto in tempo: il messaggio potrebbe essere partito."


class SmsChannel:
    """Sends one SMS at a time from an alias, a number or a Messaging Service (``MG…``).

    ``api_base`` empty means Twilio itself. ``validity_seconds`` (1–36000) is how long the operator
    may keep trying: who opens the channel shortens it so that nothing rings after closing time. The body is
    not kept by the provider unless ``keep_body``.
    """

    name = "SMS"
    lines = 8  # at once, over connections that requests keeps

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        api_base: str = "",
        timeout_seconds: float = 10.0,
        validity_seconds: int = 14_400,
        keep_body: bool = True,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_base = api_base
        self._timeout_seconds = timeout_seconds
        self._validity_seconds = validity_seconds
        self._keep_body = keep_body

    def send(self, message: Message) -> SendOutcome:
        """Hand one SMS over."""
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException

        try:
            created = self._client.messages.create(**self._order(message))
        except RequestException as error:
            return _unanswered(error)
        except TwilioException as error:
            return _refused(error)
        except ValueError:  # an answer that is not JSON
            return Uncertain(_LOST)
        return Accepted(created.sid) if created.sid else Uncertain(_LOST)

    def kept_open(self) -> contextlib.AbstractContextManager[None]:
        """The client is made now, before several threads would each make their own."""
        _ = self._client
        return contextlib.nullcontext()

    def find_sent(self, message: Message, *, since: datetime) -> Accepted | None:
        """Look an uncertain attempt up at the provider: same number, same text, from ``since`` on.

        To be asked some minutes later: what is still queued has no date of sending. None when the
        provider has no such message. Raises ProviderAway.
        """
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException

        try:
            found = self._client.messages.list(to=message.to, date_sent_after=since, limit=50)
        except (RequestException, TwilioException, ValueError) as error:
            raise ProviderAway("Il fornitore SMS non risponde") from error
        return next((Accepted(sms.sid) for sms in found if sms.body == message.text), None)

    @cached_property
    def _client(self) -> Any:
        from dunning.channels.twilio_wire import twilio_client

        return twilio_client(
            account_sid=self._account_sid,
            auth_token=self._auth_token,
            api_base=self._api_base,
            timeout_seconds=self._timeout_seconds,
        )

    def _order(self, message: Message) -> dict[str, Any]:
        order: dict[str, Any] = {
            "to": message.to,
            "body": message.text,
            "validity_period": self._validity_seconds,
        }
        order["messaging_service_sid" if message.sender.startswith("MG") else "from_"] = (
            message.sender
        )
        if message.callback_url:
            order["status_callback"] = callback_with_attempt(
                message.callback_url, message.attempt_id
            )
        if not self._keep_body:
            order["content_retention"] = "discard"
        return order


def _unanswered(error: Exception) -> SendOutcome:
    """Only a connection that was never made proves that nothing left."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, ConnectTimeout) or isinstance(reason, NewConnectionError):
        return Rejected("COLLEGAMENTO", "Il fornitore SMS non è raggiungibile.", permanent=False)
    return Uncertain(_LOST)


def _refused(error: Exception) -> SendOutcome:
    """A 4xx is an explicit refusal; a 5xx says nothing of whether the message was taken."""
    status = int(getattr(error, "status", 0) or 0)
    if not 400 <= status < 500:
        return Uncertain(_LOST)
    code = str(getattr(error, "code", None) or status)
    fault = sms_fault(code)
    return Rejected(code, fault.words, fault.permanent, blames_contact=fault.blames_number)
