"""One way to pay as it must stand on pagoPA: pure reading of what is already loaded."""

from typing import Literal, cast

from billing.models import Instalment, Position
from billing.rules.shares import Part, Share
from billing.selectors.shares import parts_of
from pagopa.gateways.protocol import DebtorToPublish, NoticeToPublish, TransferToPublish
from pagopa.selectors.enti import is_postal
from registry.models import Subject
from tenants.models import Ente

NOBODY = "ANONIMO"


class NoAccount(ValueError):
    """Money that would have nowhere to go: the notice is not published."""


def notice_to_publish(
    position: Position, instalment: Instalment, ente: Ente, *, divided: bool = True
) -> NoticeToPublish:
    """Our own name of the debt (``iud``) is its notice number, unique for ever.

    What is only taken off need not be ``divided``. Raises ValueError when the position's shares cannot be.
    """
    own = _account(position, ente, Share())
    way = f" - rata {instalment.number}" if instalment.number else ""
    amount = min(instalment.amount_cents, position.residual_cents) or instalment.amount_cents
    return NoticeToPublish(
        iud=instalment.notice_number,
        iuv=instalment.iuv,
        notice_number=instalment.notice_number,
        amount_cents=amount,
        due_on=instalment.due_on,
        causale=f"{position.causale}{way}",
        service_code=position.service.code,
        taxonomy=position.service.taxonomy,
        debtor=_debtor(position.subject),
        iban=own[0],
        postal_iban=own[1],
        position=position.uuid.hex,
        instalment=instalment.number,
        transfers=_transfers(position, amount, ente) if divided else (),
        metadata=tuple((str(k), str(v)) for k, v in position.service.metadata.items()),
    )


def _transfers(position: Position, amount: int, ente: Ente) -> tuple[TransferToPublish, ...]:
    parts = parts_of(position, amount_cents=amount)
    if len(parts) == 1 and parts[0].share == Share():
        return ()
    return tuple(_transfer(part, position, ente) for part in parts)


def _transfer(part: Part, position: Position, ente: Ente) -> TransferToPublish:
    share = part.share
    iban, postal = ("", "") if share.stamp else _account(position, ente, share)
    if not (iban or share.stamp):
        raise NoAccount(f"manca l'IBAN di {share.name or share.fiscal_code or ente.name}")
    stamp = share.stamp
    return TransferToPublish(
        amount_cents=part.cents,
        fiscal_code=share.fiscal_code or ente.codice_fiscale,
        name=share.name or ente.name,
        taxonomy=share.taxonomy or position.service.taxonomy,
        iban=iban,
        postal_iban=postal,
        metadata=share.metadata,
        stamp_hash=stamp.document_hash if stamp else "",
        stamp_kind=stamp.kind if stamp else "",
        stamp_province=stamp.province if stamp else "",
    )


def _account(position: Position, ente: Ente, share: Share) -> tuple[str, str]:
    """The usual IBAN and the postal one; somebody else's money never comes to ours."""
    banks, posts = [share.iban], [share.postal_iban]
    ours = share.fiscal_code in ("", ente.codice_fiscale)
    if ours and not any(banks + posts):
        banks = [position.service.iban, ente.iban]
        posts = [position.service.postal_iban, ente.postal_iban]
    usual = next(filter(None, banks + posts), "")
    return usual, next(filter(is_postal, [posts[0], usual, *posts[1:], *banks]), "")


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
