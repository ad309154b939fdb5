"""What serving an act costs the debtor: one sum a way of serving, by decree. Pure.

Before: the way an act is served.  After: a line of expenses, which never bears interest.
Source: D.M. 14-4-2023 (G.U. 100 of 29-4-2023), art. 2; investigation acts and acts on request are not charged (art. 3).
For SEND D.M. 30-5-2022 (G.U. 180 of 3-8-2022), art. 5: 1 € for the platform and 1 € for the Ente, when the paper is not counted.
"""

from datetime import date
from enum import StrEnum

from billing.rules.dated import Dated, in_force

SOURCE = "D.M. 14/4/2023, art. 2"
SEND_SOURCE = "D.M. 30/5/2022, art. 5"


class Way(StrEnum):
    """How an act is served."""

    REGISTERED_WITH_RECEIPT = "RACCOMANDATA_AR"
    REGISTERED = "RACCOMANDATA"
    PEC = "PEC"
    JUDICIAL = "ATTI_GIUDIZIARI"
    REMINDER_795 = "SOLLECITO_795"
    ABROAD = "ESTERO"
    SEND = "SEND"


WAY_NAMES = {
    Way.REGISTERED_WITH_RECEIPT: "Raccomandata con avviso di ricevimento",
    Way.REGISTERED: "Raccomandata semplice",
    Way.PEC: "PEC",
    Way.JUDICIAL: "Atti giudiziari o messo (art. 60 D.P.R. 600/1973, art. 14 L. 890/1982)",
    Way.REMINDER_795: "Sollecito per posta ordinaria (c. 795)",
    Way.ABROAD: "Notifica all'estero",
    Way.SEND: "SEND, a forfait",
}

COSTS: tuple[Dated[dict[Way, int]], ...] = (
    Dated(
        date(2023, 5, 14),
        {
            Way.REGISTERED_WITH_RECEIPT: 783,
            Way.REGISTERED: 651,
            Way.PEC: 200,
            Way.JUDICIAL: 1_155,
            Way.REMINDER_795: 133,
            Way.ABROAD: 1_219,
        },
        SOURCE,
    ),
)


SEND_COSTS: tuple[Dated[int], ...] = (Dated(date(2022, 8, 3), 200, SEND_SOURCE),)


def notification_cents(way: Way, *, on: date) -> int:
    """Cents to charge for an act served that way on that day. Raises RulesRefused before the decree."""
    if way == Way.SEND:
        return in_force(SEND_COSTS, on=on).value
    return in_force(COSTS, on=on).value[way]


def notification_source(way: Way, *, on: date) -> str:
    """The decree that says so. Raises RulesRefused before it."""
    return in_force(SEND_COSTS, on=on).source if way == Way.SEND else in_force(COSTS, on=on).source
