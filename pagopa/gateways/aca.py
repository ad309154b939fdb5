"""The road to ACA, where the Node finds notices when our station does not answer.

Source: ``gpd-4-aca`` (OpenAPI of pagoPA), debt-positions-service v1: one payment option for each notice.
"""

from pagopa.gateways.debt_positions import (
    DebtPositions,
    Json,
    Notices,
    debtor,
    due_date,
    folder,
    iupd_of,
    metadata,
    transfers,
)
from pagopa.gateways.http import RestAnswer, RestLine
from pagopa.gateways.protocol import NoticeToPublish, PublicationRequest
from pagopa.wire.texts import clip

_GONE = "INVALID"


def aca_road(line: RestLine, *, at_once: int = 1) -> DebtPositions:
    """A PublicationGateway over that line, with so many calls at the same time."""
    return DebtPositions(line, aca_body, _invalidate, at_once=at_once)


def aca_body(request: PublicationRequest, notices: Notices) -> Json:
    """``PaymentPositionModel``: rata unica and rate are options of one position. Amounts in cents."""
    return {
        "iupd": iupd_of(notices[0]),
        "payStandIn": True,
        **debtor(notices[0]),
        "switchToExpired": False,
        "companyName": clip(request.ente_name, 140) or "-",
        "paymentOption": [_option(request, notice) for notice in notices],
    }


def _option(request: PublicationRequest, notice: NoticeToPublish) -> Json:
    return {
        "nav": notice.notice_number,
        "iuv": notice.iuv,
        "amount": notice.amount_cents,
        "description": clip(notice.causale, 140) or "-",
        "isPartialPayment": notice.instalment > 0,
        "dueDate": due_date(notice.due_on),
        "transfer": transfers(request, notice),
        "paymentOptionMetadata": metadata(notice.metadata),
    }


def _invalidate(line: RestLine, ente: str, iupd: str) -> RestAnswer:
    """Asked twice, the second time it is refused for being done already: that is done."""
    where = f"{folder(ente)}/{iupd}"
    answer = line.ask("POST", f"{where}/invalidate", ente=ente)
    if answer.status != 409:
        return answer
    there = line.ask("GET", where, ente=ente)
    return there if there.content.get("status") == _GONE else answer
