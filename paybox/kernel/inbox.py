"""Whatever comes from outside is stored raw before it is understood, so understanding can be repeated."""

import hashlib
from datetime import datetime

from paybox.kernel.models import RawMessage


def store_raw(
    *, kind: str, body: bytes, at: datetime, headers: dict[str, str] | None = None
) -> RawMessage:
    """Keep the bytes as they came. ``kind`` says where from: ``pagopa.paSendRT``, ``billing.load`` …"""
    return RawMessage.objects.create(
        kind=kind,
        body=body,
        received_at=at,
        headers=headers or {},
        sha256=hashlib.sha256(body).hexdigest(),
    )
