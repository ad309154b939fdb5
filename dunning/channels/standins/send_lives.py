"""What happens to a notification at the SEND stand-in, stage by stage; each stage is one push or one pace of time.

Before: an accepted request.  After: ``send_rest`` shows the stages reached. Recipients whose code begins with these letters:

    RIFIUT the address is refused     FILEKO a document is refused      ATTESA waits one stage more
    IRREPE nobody is found            DECEDU the recipient is dead      VISTAA she reads it, then the term passes
    RITARD the timeline comes late, and its end before its middle
    NOANNU cannot be cancelled        ANNROT cancelled, answered 502    ANNPER the first time not heard
    LENTOO kept, answered late        ROTTOO kept, answered 502         TROPPE 429 with Retry-After
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

_REFUSALS = {
    "RIFIUT": ("NOT_VALID_ADDRESS", "L'indirizzo del destinatario non ha superato i controlli."),
    "FILEKO": ("FILE_PDF_INVALID_ERROR", "Il documento non è un PDF valido."),
}
ANALOG_CENTS, FEES_CENTS = 614, 200
Stage = Sequence[Mapping[str, Any]]


def refusal_of(tax_id: str) -> tuple[str, str] | None:
    """Code and words, when the request is refused once it is looked at."""
    return _REFUSALS.get(tax_id[:6])


def stages_of(tax_id: str, *, digital: bool, iun: str, since: datetime) -> list[Stage]:
    """The elements of the timeline that each stage brings; the first is the acceptance."""
    make = _Maker(iun, since)
    accepted = [make("REQUEST_ACCEPTED", hours=0, fact="SENDER_ACK")]
    match tax_id[:6]:
        case "IRREPE":
            return [accepted, make.paper(), [
                make("SEND_ANALOG_FEEDBACK", days=4, responseStatus="KO", deliveryDetailCode="RECRN002F",
                     deliveryFailureCause="M01"),
                make("ANALOG_FAILURE_WORKFLOW", days=4),
                make("COMPLETELY_UNREACHABLE", days=5, fact="ANALOG_FAILURE_DELIVERY"),
            ], make.term(days=15, paper=True)]  # fmt: skip
        case "DECEDU":
            return [accepted, make.paper(), [
                make("SEND_ANALOG_FEEDBACK", days=4, responseStatus="KO", deliveryDetailCode="RECRN002C",
                     deliveryFailureCause="M02"),
                make("ANALOG_WORKFLOW_RECIPIENT_DECEASED", days=4, notificationCost=FEES_CENTS + ANALOG_CENTS),
            ]]  # fmt: skip
        case "VISTAA":
            seen = make(
                "NOTIFICATION_VIEWED", days=1, fact="RECIPIENT_ACCESS", notificationCost=FEES_CENTS
            )
            return [accepted, make.mail(), [seen], make.term(days=8, paper=False)]
        case "RITARD":
            return [accepted, [], make.term(days=8, paper=False), make.mail()]
        case "ATTESA":
            return [[], accepted, make.mail(), make.term(days=8, paper=False)]
    way = make.mail() if digital else [*make.paper(), *make.card()]
    return [accepted, way, make.term(days=8 if digital else 14, paper=not digital)]


def end_of(iun: str, since: datetime) -> list[Stage]:
    """A notification that its sender cancelled: first it is asked, then it is so."""
    make = _Maker(iun, since)
    done = make("NOTIFICATION_CANCELLED", days=2, fact="NOTIFICATION_CANCELLED")
    return [[make("NOTIFICATION_CANCELLATION_REQUEST", days=2)], [done]]


class _Maker:
    """Elements of one notification, each with its own id."""

    def __init__(self, iun: str, since: datetime) -> None:
        self._iun = iun
        self._since = since
        self._facts = 0

    def __call__(
        self, category: str, *, days: int = 0, hours: int = 1, fact: str = "", **details: Any
    ) -> dict[str, Any]:
        at = (self._since + timedelta(days=days, hours=hours)).isoformat()
        self._facts += bool(fact)
        key = f"safestorage://PN_LEGAL_FACTS-{self._iun}-{self._facts}.pdf"
        return {
            "elementId": f"{category}.IUN_{self._iun}.RECINDEX_0",
            "timestamp": at,
            "eventTimestamp": at,
            "category": category,
            "legalFactsIds": [{"key": key, "category": fact}] if fact else [],
            "details": {"recIndex": 0, **details},
        }

    def mail(self) -> list[dict[str, Any]]:
        return [
            self("SEND_DIGITAL_DOMICILE", hours=2),
            self("SEND_DIGITAL_FEEDBACK", hours=3, responseStatus="OK", deliveryDetailCode="C003", fact="PEC_RECEIPT"),
            self("DIGITAL_SUCCESS_WORKFLOW", hours=3, fact="DIGITAL_DELIVERY"),
        ]  # fmt: skip

    def paper(self) -> list[dict[str, Any]]:
        return [self("SEND_ANALOG_DOMICILE", days=1, analogCost=ANALOG_CENTS, numberOfPages=3)]

    def card(self) -> list[dict[str, Any]]:
        return [
            self(
                "SEND_ANALOG_FEEDBACK",
                days=4,
                fact="ANALOG_DELIVERY",
                responseStatus="OK",
                deliveryDetailCode="RECRN001C",
            ),
            self("ANALOG_SUCCESS_WORKFLOW", days=4),
        ]

    def term(self, *, days: int, paper: bool) -> list[dict[str, Any]]:
        cost = FEES_CENTS + (ANALOG_CENTS if paper else 0)
        return [self("REFINEMENT", days=days, notificationCost=cost)]
