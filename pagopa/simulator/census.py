"""The IBANs that each Ente has declared to the Node: who has declared some may be paid only on those.

Source: SANP: an activation with a pair (beneficiary, IBAN) not declared is a bad answer of the station.
"""

import re

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json, digits
from pagopa.simulator.store import Store
from pagopa.wire.responses import PaymentData

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")


def declare_ibans(store: Store, body: Json) -> list[str]:
    """Replace an Ente's list; an empty one frees it of the check. Raises OrderRefused."""
    fiscal_code, ibans = digits(body, "fiscal_code"), body.get("ibans")
    if not isinstance(ibans, list) or not all(_IBAN.fullmatch(str(iban)) for iban in ibans):
        raise OrderRefused("ibans deve essere un elenco di IBAN")
    with store.transaction() as db:
        db.execute("DELETE FROM ibans WHERE fiscal_code = ?", (fiscal_code,))
        db.executemany(
            "INSERT OR IGNORE INTO ibans VALUES (?, ?)", [(fiscal_code, iban) for iban in ibans]
        )
    return [str(iban) for iban in ibans]


def judge_ibans(store: Store, payment: PaymentData) -> str:
    """Why a share may not be credited, in Italian; empty when all may."""
    with store.transaction() as db:
        known: dict[str, set[str]] = {}
        for row in db.execute("SELECT fiscal_code, iban FROM ibans"):
            known.setdefault(row["fiscal_code"], set()).add(row["iban"])
    for share in payment.transfers:
        if share.iban and share.iban not in known.get(share.fiscal_code, {share.iban}):
            return f"IBAN non censito per {share.fiscal_code} (versamento {share.id_transfer})"
    return ""
