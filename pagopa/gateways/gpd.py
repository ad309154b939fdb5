"""The road to GPD v3, which keeps positions with their plans and may answer the Node in our place.

Source: ``gpd_v3`` (OpenAPI of pagoPA), debt-positions-service v3: one option for the rata unica, one for the plan,
up to 100 instalments in one call.
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


def gpd_road(line: RestLine, *, at_once: int = 1) -> DebtPositions:
    """A PublicationGateway over that line, with so many calls at the same time."""
    return DebtPositions(line, gpd_body, _delete, at_once=at_once)


def gpd_body(request: PublicationRequest, notices: Notices) -> Json:
    """``PaymentPositionModelV3``. Amounts in cents."""
    whole = [notice for notice in notices if not notice.instalment]
    plan = [notice for notice in notices if notice.instalment]
    return {
        "iupd": iupd_of(notices[0]),
        "payStandIn": True,
        "companyName": clip(request.ente_name, 140) or "-",
        "paymentOption": [
            *(_option(request, [notice], "Rata unica") for notice in whole),
            *([_option(request, plan, "Pagamento a rate")] if plan else []),
        ],
    }


def _option(request: PublicationRequest, notices: Notices, description: str) -> Json:
    return {
        "description": description,
        "switchToExpired": False,
        "debtor": debtor(notices[0]),
        "installments": [_instalment(request, notice) for notice in notices],
    }


def _instalment(request: PublicationRequest, notice: NoticeToPublish) -> Json:
    return {
        "nav": notice.notice_number,
        "iuv": notice.iuv,
        "amount": notice.amount_cents,
        "description": clip(notice.causale, 140) or "-",
        "dueDate": due_date(notice.due_on),
        "transfer": transfers(request, notice),
        "installmentMetadata": metadata(notice.metadata),
    }


def _delete(line: RestLine, ente: str, iupd: str) -> RestAnswer:
    return line.ask("DELETE", f"{folder(ente)}/{iupd}", ente=ente)
