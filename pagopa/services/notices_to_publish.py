"""One way to pay as it must stand on pagoPA: pure reading of what is already loaded."""

from typing import Literal, cast

from billing.models import Instalment, Position
from pagopa.gateways.protocol import DebtorToPublish, NoticeToPublish
from pagopa.selectors.enti import is_postal
from registry.models import Subject
from tenants.models import Ente

NOBODY = "ANONIMO"


def notice_to_publish(position: Position, instalment: Instalment, ente: Ente) -> NoticeToPublish:
    """Our own name of the debt (``iud``) is its notice number, unique for ever."""
    iban = position.service.iban or ente.iban
    way = f" - rata {instalment.number}" if instalment.number else ""
    return NoticeToPublish(
        iud=instalment.notice_number,
        iuv=instalment.iuv,
        notice_number=instalment.notice_number,
        amount_cents=min(instalment.amount_cents, position.residual_cents)
        or instalment.amount_cents,
        due_on=instalment.due_on,
        causale=f"{position.causale}{way}",
        service_code=position.service.code,
        taxonomy=position.service.taxonomy,
        debtor=_debtor(position.subject),
        iban=iban,
        postal_iban=iban if is_postal(iban) else "",
        position=position.uuid.hex,
        instalment=instalment.number,
    )


def road_of(position: Position, ente: Ente) -> str:
    """By which road: the service's own, else the Ente's."""
    return position.service.gateway or ente.gateway


def _debtor(subject: Subject) -> DebtorToPublish:
    return DebtorToPublish(
        kind=cast(Literal["F", "G"], subject.kind),
        code=subject.codice_fiscale or NOBODY,
        full_name=subject.name,
        street=subject.street,
        civic_number=subject.civic,
        postal_code=subject.cap,
        city=subject.city,
        province=subject.province,
        country=subject.country,
    )
