"""Reading a status callback, whoever sends it."""

from uuid import UUID

import pytest

from dunning.channels.sms_callbacks import (
    CallbackRefused,
    callback_with_attempt,
    parse_status_callback,
)
from dunning.rules.delivery import DeliveryStatus

ATTEMPT = UUID("11111111-2222-5333-8444-555555555555")


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [
        ("accepted", "", DeliveryStatus.ACCETTATO),
        ("queued", "", DeliveryStatus.ACCETTATO),
        ("sending", "", DeliveryStatus.INVIATO),
        ("sent", "", DeliveryStatus.INVIATO),
        ("delivered", "", DeliveryStatus.CONSEGNATO),
        ("read", "", DeliveryStatus.CONSEGNATO),
        ("canceled", "", DeliveryStatus.FALLITO_PERM),
        ("undelivered", "30003", DeliveryStatus.FALLITO_TEMP),
        ("undelivered", "30005", DeliveryStatus.FALLITO_PERM),
        ("failed", "99999", DeliveryStatus.FALLITO_PERM),
    ],
)
def test_each_word_has_its_status(word: str, code: str, status: DeliveryStatus) -> None:
    report = parse_status_callback({"MessageSid": "SM1", "MessageStatus": word, "ErrorCode": code})
    assert (report.provider_ref, report.status, report.error_code) == ("SM1", status, code)
    assert report.attempt_id is None


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageSid": "SM1"},
        {"MessageStatus": "sent"},
        {"MessageSid": "SM1", "MessageStatus": "boh"},
    ],
)
def test_what_is_not_a_status_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        parse_status_callback(form)


def test_an_attempt_that_is_not_one_is_refused() -> None:
    with pytest.raises(CallbackRefused):
        parse_status_callback({"MessageSid": "SM1", "MessageStatus": "sent"}, attempt="1 OR 1=1")


def test_the_attempt_is_added_once() -> None:
    once = callback_with_attempt("https://borgo.example/sms?a=1", ATTEMPT)
    assert once == f"https://borgo.example/sms?a=1&attempt={ATTEMPT}"
    assert callback_with_attempt(once, ATTEMPT) == once
