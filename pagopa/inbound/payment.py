"""What an activation answers: one notice as the Node wants it, with the account that gets the money."""

from typing import Literal

from pagopa.gateways.versamento import framed
from pagopa.selectors.enti import NodeEnte, is_postal
from pagopa.selectors.notices import Debtor, Notice
from pagopa.wire.parties import NOBODY
from pagopa.wire.requests import MetadataPair, Party
from pagopa.wire.responses import PaymentData, PaymentTransfer
from pagopa.wire.texts import clip
from paybox.kernel.money import to_decimal_string

TransferType = Literal["", "POSTAL", "PAGOPA"]
POSTAL_BESIDE = "IBANAPPOGGIO"


class NoAccount(RuntimeError):
    """Neither the service nor the Ente has an IBAN: nobody could be paid."""


def payment_data(
    notice: Notice, debtor: Debtor, ente: NodeEnte, transfer_type: TransferType
) -> PaymentData:
    """The whole answer: one share, to the account of the service or else of the Ente. Raises NoAccount."""
    iban, metadata = _account(notice, ente, transfer_type)
    share = PaymentTransfer(
        id_transfer=1,
        amount_cents=notice.payable_cents,
        fiscal_code=ente.codice_fiscale,
        remittance=remittance(notice),
        category=framed(notice.taxonomy),
        iban=iban,
        company_name=ente.name,
        metadata=metadata,
    )
    return PaymentData(
        iuv=notice.iuv,
        amount_cents=notice.payable_cents,
        due_on=notice.due_on,
        description=notice.causale,
        company_name=ente.name,
        office_name=notice.sector,
        debtor=_party(debtor),
        transfers=(share,),
    )


def remittance(notice: Notice) -> str:
    """The causale of the bank transfer: ``/RFB/<IUV>/<euro.cents>/TXT/<causale>``, 140 characters at most."""
    head = f"/RFB/{notice.iuv}/{to_decimal_string(notice.payable_cents)}/TXT/"
    return clip(head + notice.causale.replace("/", " "), 140)


def all_postal(notice: Notice, ente: NodeEnte) -> bool:
    """``allCCP``: every account that this notice can be paid to is a postal one."""
    return is_postal(notice.service_iban or ente.iban)


def _account(
    notice: Notice, ente: NodeEnte, transfer_type: TransferType
) -> tuple[str, tuple[MetadataPair, ...]]:
    """The IBAN, and the postal one beside it where a bank is asked for.

    A postal IBAN is never made up from a ccp: the branch in it is not known and the Node would refuse it.
    """
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
