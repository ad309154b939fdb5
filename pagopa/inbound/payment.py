"""What an activation answers: one notice as the Node wants it, with the account that gets the money."""

from typing import Literal

from billing.rules.shares import Part, Share, divide
from pagopa.gateways.versamento import framed
from pagopa.selectors.accounts import accounts_of
from pagopa.selectors.enti import NodeEnte
from pagopa.selectors.notices import Debtor, Notice
from pagopa.wire.parties import NOBODY
from pagopa.wire.requests import MetadataPair, Party
from pagopa.wire.responses import PaymentData, PaymentTransfer, StampRequest
from pagopa.wire.texts import clip
from paybox.kernel.money import to_decimal_string

TransferType = Literal["", "POSTAL", "PAGOPA"]
POSTAL_BESIDE = "IBANAPPOGGIO"


class NoAccount(RuntimeError):
    """Neither the service nor the Ente has an IBAN: nobody could be paid."""


def payment_data(
    notice: Notice, debtor: Debtor, ente: NodeEnte, transfer_type: TransferType
) -> PaymentData:
    """The whole answer: one transfer for each share, or one for all of it. Raises NoAccount, ValueError."""
    return PaymentData(
        iuv=notice.iuv,
        amount_cents=notice.payable_cents,
        due_on=notice.due_on,
        description=notice.causale,
        company_name=ente.name,
        office_name=notice.sector,
        debtor=_party(debtor),
        transfers=_transfers(notice, ente, transfer_type),
        metadata=debtor.metadata,
    )


def _transfers(
    notice: Notice, ente: NodeEnte, transfer_type: TransferType
) -> tuple[PaymentTransfer, ...]:
    """One for each part, numbered as they come. Raises ValueError when they are more than five."""
    parts = divide(
        payable_cents=notice.payable_cents, total_cents=notice.total_cents, shares=notice.shares
    )
    return tuple(
        _transfer(number, part, notice, ente, transfer_type)
        for number, part in enumerate(parts, start=1)
    )


def _transfer(
    number: int, part: Part, notice: Notice, ente: NodeEnte, transfer_type: TransferType
) -> PaymentTransfer:
    share = part.share
    iban, beside = ("", ()) if share.stamp else _account(notice, ente, transfer_type, share)
    return PaymentTransfer(
        id_transfer=number,
        amount_cents=part.cents,
        fiscal_code=share.fiscal_code or ente.codice_fiscale,
        remittance=remittance(notice, part.cents),
        category=framed(share.taxonomy or notice.taxonomy),
        iban=iban,
        stamp=_stamp(share),
        company_name=share.name or ente.name,
        metadata=(*beside, *share.metadata),
    )


def _stamp(share: Share) -> StampRequest | None:
    if share.stamp is None:
        return None
    return StampRequest(share.stamp.document_hash, share.stamp.province, share.stamp.kind)


def remittance(notice: Notice, cents: int) -> str:
    """The causale of the bank transfer: ``/RFB/<IUV>/<euro.cents>/TXT/<causale>``, 140 characters at most."""
    head = f"/RFB/{notice.iuv}/{to_decimal_string(cents)}/TXT/"
    return clip(head + notice.causale.replace("/", " "), 140)


def _account(
    notice: Notice, ente: NodeEnte, transfer_type: TransferType, share: Share
) -> tuple[str, tuple[MetadataPair, ...]]:
    """The IBAN, and the postal one beside it where a bank is asked for. Raises NoAccount."""
    usual, postal = accounts_of(notice, ente, share)
    if not usual:
        raise NoAccount(share.fiscal_code or ente.schema_name)
    if transfer_type == "POSTAL" and postal:
        return postal, ()
    if transfer_type == "PAGOPA" and postal and postal != usual:
        return usual, ((POSTAL_BESIDE, postal),)
    return usual, ()


def _party(debtor: Debtor) -> Party:
    return Party(
        kind=debtor.kind,
        code=debtor.code or NOBODY,
        full_name=debtor.name,
        street=debtor.street,
        civic_number=debtor.civic,
        postal_code=debtor.cap,
        city=debtor.city,
        province=debtor.province,
        country=debtor.country,
    )
