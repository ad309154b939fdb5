"""The request of a notification as SEND wants it: recipient, documents, payments, costs.

Before: ``send`` has uploaded the documents.  After: ``POST /delivery/v2.6/requests``. The attempt's own id is both the
protocol number and the token: the same attempt is the same request, always.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dunning.channels.protocol import Attachment, Message, NoticeToPay, Recipient
from dunning.rules.send_address import MAX_NAME, printable, recipient_trouble, usable_pec
from dunning.rules.send_settings import BY_DELIVERY, FLAT, SendSettings

NO_INTEGRATION = "NONE"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A document that lies at SEND: where, and which version of it."""

    key: str
    version: str
    sha256: str


def digest_of(content: bytes) -> str:
    """SHA-256 in base 64, as SEND writes it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def trouble_of(message: Message) -> str:
    """Why the request would be refused, for the official; empty when it may go."""
    whom = message.particulars.recipient
    if whom is None or not message.attachments:
        return "Manca il destinatario o l'atto da notificare."
    return recipient_trouble(
        name=whom.name, street=whom.street, cap=whom.cap, city=whom.city, country=whom.country,
        subject=message.subject,
    )  # fmt: skip


def request_body(
    message: Message, uploaded: Sequence[Uploaded], settings: SendSettings
) -> dict[str, Any]:
    """The first document is the act; those that a notice points to are its payment forms.

    Costs that are in the notice already are not added again, whatever the settings say.
    """
    about = message.particulars
    by_delivery = settings.policy == BY_DELIVERY and not about.costs_included
    forms = {one.attachment for one in about.notices if one.attachment is not None}
    acts = [
        {"title": _title(message.attachments[place]), **_reference(one)}
        for place, one in enumerate(uploaded)
        if place not in forms
    ]
    body: dict[str, Any] = {
        "paProtocolNumber": str(message.attempt_id),
        "idempotenceToken": str(message.attempt_id),
        "subject": printable(message.subject),
        "recipients": [_recipient(message, uploaded, by_delivery)],
        "documents": acts,
        "physicalCommunicationType": settings.letter,
        "notificationFeePolicy": BY_DELIVERY if by_delivery else FLAT,
        "senderDenomination": printable(about.sender_name)[:80],
        "senderTaxId": about.sender_code,
        "taxonomyCode": settings.taxonomy,
        "pagoPaIntMode": settings.integration if by_delivery else NO_INTEGRATION,
    }
    if by_delivery:
        body |= {"paFee": settings.fee_cents, "vat": settings.vat}
    if settings.group:
        body["group"] = settings.group
    return body


def _recipient(message: Message, uploaded: Sequence[Uploaded], by_delivery: bool) -> dict[str, Any]:
    about = message.particulars
    assert about.recipient is not None  # noqa: S101 - trouble_of was asked first
    whom = about.recipient
    said: dict[str, Any] = {
        "recipientType": "PG" if whom.is_body else "PF",
        "taxId": message.to,
        "denomination": printable(whom.name)[:MAX_NAME].strip(),
        "physicalAddress": _address(whom),
    }
    if usable_pec(whom.pec):
        said["digitalDomicile"] = {"type": "PEC", "address": whom.pec}
    payments = [
        _payment(notice, uploaded, applies=by_delivery and place == 0)
        for place, notice in enumerate(about.notices)
    ]
    return said | ({"payments": payments} if payments else {})


def _address(whom: Recipient) -> dict[str, str]:
    lines = {
        "address": printable(whom.street), "zip": whom.cap, "municipality": printable(whom.city),
        "province": whom.province, "foreignState": "" if whom.country == "IT" else whom.country,
    }  # fmt: skip
    return {name: value for name, value in lines.items() if value}


def _payment(notice: NoticeToPay, uploaded: Sequence[Uploaded], *, applies: bool) -> dict[str, Any]:
    """``applies``: SEND adds its costs to this notice; to one alone of a recipient's."""
    said: dict[str, Any] = {
        "noticeCode": notice.number, "creditorTaxId": notice.payee, "applyCost": applies,
    }  # fmt: skip
    if notice.attachment is not None:
        said["attachment"] = _reference(uploaded[notice.attachment])
    return {"pagoPa": said}


def _reference(one: Uploaded) -> dict[str, Any]:
    return {
        "digests": {"sha256": one.sha256},
        "contentType": "application/pdf",
        "ref": {"key": one.key, "versionToken": one.version},
    }


def _title(attachment: Attachment) -> str:
    return attachment.filename.removesuffix(".pdf")
