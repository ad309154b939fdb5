"""Tells our side, as Twilio would, what became of each message: signed, in order, again until it is
heard.

Before: ``twilio_store``.  After: our status callback address.
"""

import threading
import time

import httpx
from twilio.request_validator import RequestValidator

from dunning.channels.standins.twilio_store import News, SmsStore, StoredSms

MAX_TRIES = 12
API_VERSION = "2010-04-01"


class Caller(threading.Thread):
    """A thread that works off the owed news. ``retry_seconds`` doubles at each failure, up to a
    minute.
    """

    def __init__(
        self,
        store: SmsStore,
        *,
        account_sid: str,
        auth_token: str,
        pace_seconds: float,
        retry_seconds: float,
    ) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._account_sid = account_sid
        self._validator = RequestValidator(auth_token)
        self._pace_seconds = pace_seconds
        self._retry_seconds = retry_seconds
        self._stopping = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=10, trust_env=False) as wire:
            while not self._stopping.wait(self._pace_seconds):
                for news in self._store.owed(now=time.time()):
                    self._tell(wire, news)

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=15)

    def _tell(self, wire: httpx.Client, news: News) -> None:
        sms = self._store.find(news.sid)
        if sms is None:
            return
        self._store.enter(news)
        if not sms.callback or self._heard(wire, sms, news) or news.tries + 1 >= MAX_TRIES:
            self._store.settle(news)
        else:
            self._store.postpone(
                news, due=time.time() + min(60.0, self._retry_seconds * 2**news.tries)
            )

    def _heard(self, wire: httpx.Client, sms: StoredSms, news: News) -> bool:
        form = self._form(sms, news)
        signature = self._validator.compute_signature(sms.callback, form)
        try:
            answer = wire.post(sms.callback, data=form, headers={"X-Twilio-Signature": signature})
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success

    def _form(self, sms: StoredSms, news: News) -> dict[str, str]:
        form = {
            "MessageSid": sms.sid,
            "SmsSid": sms.sid,
            "MessageStatus": news.status,
            "SmsStatus": news.status,
            "To": sms.recipient,
            "From": sms.sender,
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
        }
        return {**form, "ErrorCode": news.error_code} if news.error_code else form
