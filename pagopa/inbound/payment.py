"""What an activation answers: one notice as the Node wants it, with the account that gets the money."""

from collections.abc import Sequence
from typing import Literal

from billing.rules.shares import split_cents
from pagopa.gateways.versamento import framed
from pagopa.selectors.enti import NodeEnte, is_postal
from pagopa.selectors.notices import Debtor, Notice, Share
from pagopa.wire.parties import NOBODY
from pagopa.wire.requests import MetadataPair, Party
from pagopa.wire.responses import PaymentData, PaymentTransfer
from pagopa.wire.texts import clip
from paybox.kernel.money import to_decimal_string

TransferType = Literal["", "POSTAL", "PAGOPA"]
MAX_TRANSFERS = 5
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
        transfers=_transfers(notice, debtor.shares or (Share(1),), ente, transfer_type),
    )


def _transfers(
    notice: Notice, shares: Sequence[Share], ente: NodeEnte, transfer_type: TransferType
) -> tuple[PaymentTransfer, ...]:
    """Those of a cent or more, numbered as they come. Raises ValueError when they are more than five."""
    cents = split_cents(notice.payable_cents, [share.weight for share in shares])
    paid = [(share, part) for share, part in zip(shares, cents, strict=True) if part]
    if len(paid) > MAX_TRANSFERS:
        raise ValueError("Un avviso ha al massimo cinque quote")
    return tuple(
        _transfer(number, share, part, notice, ente, transfer_type)
        for number, (share, part) in enumerate(paid, start=1)
    )


def _transfer(
    number: int, share: Share, cents: int, notice: Notice, ente: NodeEnte,
    transfer_type: TransferType,
) -> PaymentTransfer:  # fmt: skip
    iban, beside = (share.iban, ()) if share.iban else _account(notice, ente, transfer_type, share)
    return PaymentTransfer(
        id_transfer=number,
        amount_cents=cents,
        fiscal_code=share.fiscal_code or ente.codice_fiscale,
        remittance=remittance(notice, cents),
        category=framed(share.taxonomy or notice.taxonomy),
        iban=iban,
        company_name=share.name or ente.name,
        metadata=(*beside, *share.metadata),
    )


def remittance(notice: Notice, cents: int) -> str:
    """The causale of the bank transfer: ``/RFB/<IUV>/<euro.cents>/TXT/<causale>``, 140 characters at most."""
    head = f"/RFB/{notice.iuv}/{to_decimal_string(cents)}/TXT/"
    return clip(head + notice.causale.replace("/", " "), 140)


def all_postal(notice: Notice, ente: NodeEnte) -> bool:
    """``allCCP``: every account that this notice can be paid to is a postal one."""
    return not notice.is_shared and is_postal(notice.service_iban or ente.iban)


def _account(
    notice: Notice, ente: NodeEnte, transfer_type: TransferType, share: Share
) -> tuple[str, tuple[MetadataPair, ...]]:
    """The IBAN, and the postal one beside it where a bank is asked for.

    A postal IBAN is never made up from a ccp: the branch in it is not known and the Node would refuse it.
    """
    if share.fiscal_code not in ("", ente.codice_fiscale):
        raise NoAccount(share.fiscal_code)  # somebody else's money never goes to our account
    usual = notice.service_iban or ente.iban
    if not usual:
        raise NoAccount(ente.schema_name)
    postal = next((iban for iban in (usual, ente.iban) if is_postal(iban)), "")
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
