"""How the SEND stand-in judges a request of notification, as strictly as the API says.

Before: the posted JSON and what was uploaded.  After: ``send_rest`` keeps it; ``send_lives`` says what happens to it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dunning.channels.standins.io_orders import NotTaken

_REQUIRED = {
    "paProtocolNumber", "subject", "recipients", "documents", "physicalCommunicationType", "notificationFeePolicy",
    "senderDenomination", "senderTaxId", "taxonomyCode",
}  # fmt: skip
_KNOWN = _REQUIRED | {
    "idempotenceToken", "abstract", "amount", "paymentExpirationDate", "group", "paFee", "vat", "pagoPaIntMode",
    "cancelledIun", "additionalLanguages",
}  # fmt: skip
_RECIPIENT = {"recipientType", "taxId", "denomination", "digitalDomicile", "physicalAddress", "payments"}  # fmt: skip
_ADDRESS = {"at", "address", "addressDetails", "zip", "municipality", "municipalityDetails", "province", "foreignState"}  # fmt: skip
_TAX_ID = (
    r"([A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])|([0-9]{11})"
)
_LATIN = r"[\x20-\x7B\x7D-\xFF]"
Uploads = Callable[[str], Mapping[str, str] | None]  # key → version and sha256


def judge_preload(said: Any) -> list[dict[str, str]]:
    """The documents announced. Raises NotTaken."""
    if not isinstance(said, list) or not 1 <= len(said) <= 15:
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER_SIZE", "1 to 15 documents")
    for one in said:
        _match(one.get("preloadIdx"), r"[a-zA-Z0-9._-]{1,512}", "preloadIdx")
        _match(one.get("contentType"), r"application/(pdf|json)", "contentType")
        _match(one.get("sha256"), r"[A-Za-z0-9+/]{43}=", "sha256")
    return said


def judge_request(said: Any, uploads: Uploads) -> None:
    """Raises NotTaken with the first thing that does not follow the schema."""
    if not isinstance(said, dict):
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER", "body")
    _whole(said, _REQUIRED, _KNOWN, "body")
    _match(said["paProtocolNumber"], r".{1,256}", "paProtocolNumber")
    _match(said.get("idempotenceToken", ""), r"[ -~]{0,256}", "idempotenceToken")
    _match(said["subject"], r".{1,134}", "subject")
    _match(said["senderDenomination"], r"[\x20-\xFF]{1,80}", "senderDenomination")
    _match(said["senderTaxId"], r"\d{11}", "senderTaxId")
    _match(said["taxonomyCode"], r"[0-9]{6}[A-Z]", "taxonomyCode")
    _match(said["physicalCommunicationType"], "AR_REGISTERED_LETTER|REGISTERED_LETTER_890", "physicalCommunicationType")  # fmt: skip
    _match(said["notificationFeePolicy"], "FLAT_RATE|DELIVERY_MODE", "notificationFeePolicy")
    _match(said.get("pagoPaIntMode", "NONE"), "NONE|SYNC|ASYNC", "pagoPaIntMode")
    if not said["documents"] or not said["recipients"]:
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER_REQUIRED", "documents, recipients")
    by_delivery = said["notificationFeePolicy"] == "DELIVERY_MODE"
    if by_delivery:
        _number(said.get("paFee"), 0, 100, "paFee")
        _number(said.get("vat"), 0, 100, "vat")
    for one in said["documents"]:
        _document(one, uploads, {"title", "docIdx"})
    for one in said["recipients"]:
        _recipient(one, uploads, by_delivery=by_delivery)


def _recipient(said: Any, uploads: Uploads, *, by_delivery: bool) -> None:
    needed = {"recipientType", "taxId", "denomination", "physicalAddress"}
    _whole(said, needed, _RECIPIENT, "recipient")
    _match(said["recipientType"], "PF|PG", "recipientType")
    _match(said["taxId"], _TAX_ID, "taxId")
    _match(said["denomination"], _LATIN + "{1,44}", "denomination")
    address = said["physicalAddress"]
    _whole(address, {"address", "municipality"}, _ADDRESS, "physicalAddress")
    for name, value in address.items():
        _match(value, _LATIN + "{1,44}", name)
    if "foreignState" not in address:
        _match(address.get("zip"), r"\d{5}", "zip")
    if digital := said.get("digitalDomicile"):
        _whole(digital, {"type", "address"}, {"type", "address"}, "digitalDomicile")
        _match(digital["type"], "PEC", "type")
        _match(digital["address"], r"[^@\s]+@[^@\s]+", "address")
    applied = [_payment(one, uploads) for one in said.get("payments", [])]
    if applied and sum(applied) != (1 if by_delivery else 0):
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER", "applyCost")


def _payment(said: Any, uploads: Uploads) -> bool:
    _whole(said, {"pagoPa"}, {"pagoPa", "f24"}, "payments")
    form = said["pagoPa"]
    names = {"noticeCode", "creditorTaxId", "applyCost"}
    _whole(form, names, names | {"attachment"}, "pagoPa")
    _match(form["noticeCode"], r"\d{18}", "noticeCode")
    _match(form["creditorTaxId"], r"\d{11}", "creditorTaxId")
    if "attachment" in form:
        _document(form["attachment"], uploads, set())
    return bool(form["applyCost"])


def _document(said: Any, uploads: Uploads, more: set[str]) -> None:
    names = {"digests", "contentType", "ref"}
    _whole(said, names, names | more, "document")
    _match(said["contentType"], "application/pdf", "contentType")
    _match(said.get("title", "x"), r"[a-zA-Z0-9._-]{1,512}", "title")
    there = uploads(str(said["ref"].get("key")))
    if there is None or there["version"] != said["ref"].get("versionToken"):
        raise NotTaken(400, "PN_DELIVERY_ATTACHMENT_NOT_FOUND", str(said["ref"]))
    if there["sha256"] != said["digests"].get("sha256"):
        raise NotTaken(400, "PN_DELIVERY_ATTACHMENT_SHA256", str(said["ref"]))


def _whole(said: Any, needed: set[str], known: set[str], name: str) -> None:
    if not isinstance(said, dict) or needed - set(said):
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER_REQUIRED", name)
    if extra := set(said) - known:
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER", ", ".join(sorted(extra)))


def _match(value: Any, pattern: str, name: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER_PATTERN", name)


def _number(value: Any, least: int, most: int, name: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER", name)
