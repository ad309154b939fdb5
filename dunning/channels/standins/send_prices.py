"""What a notification costs at the SEND stand-in, as the price API tells it: nothing more when its costs are in the act.

Before: ``send_store`` has found it.  After: its answer. Source: SEND, NotificationPriceResponseV23:
total = paFee + sendFee + paper × (1 + VAT).
"""

from collections.abc import Mapping, Sequence
from typing import Any

SEND_FEE_CENTS = 100


def price_of(
    said: Mapping[str, Any], timeline: Sequence[Mapping[str, Any]], iun: str
) -> dict[str, Any]:
    """Eurocents. ``timeline``: what can be seen of it now."""
    there = {one["category"]: one["timestamp"] for one in timeline}
    paper = sum(one["details"].get("analogCost", 0) for one in timeline)
    fee, vat = said.get("paFee", 100), said.get("vat", 22)
    counted = (
        said["notificationFeePolicy"] == "DELIVERY_MODE" and "NOTIFICATION_CANCELLED" not in there
    )
    total = fee + SEND_FEE_CENTS + (paper * (100 + vat) + 50) // 100
    return {
        "iun": iun, "partialPrice": (SEND_FEE_CENTS + paper) * counted, "totalPrice": total * counted,
        "sendFee": SEND_FEE_CENTS, "analogCost": paper, "paFee": fee, "vat": vat,
        "refinementDate": there.get("REFINEMENT"), "notificationViewDate": there.get("NOTIFICATION_VIEWED"),
    }  # fmt: skip
