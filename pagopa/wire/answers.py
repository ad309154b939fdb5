"""Answers of an Ente read, as the Node reads them: against the schema first, not yet judged."""

from dataclasses import dataclass
from datetime import date

from lxml import etree

from pagopa.wire.parties import read_metadata, read_party
from pagopa.wire.requests import Operation
from pagopa.wire.responses import PaymentData, PaymentTransfer, StampRequest
from pagopa.wire.schema import first_wrong_element, is_valid
from pagopa.wire.soap import PA_NS, EnvelopeRefused, open_envelope
from pagopa.wire.values import cents_of, date_of, is_true, optional_date, optional_instant, text_of


class AnswerRefused(ValueError):
    """The Ente's answer is not one of the interface; the Italian message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``code`` PAA_* or anything: the Node passes on what it gets."""

    code: str
    words: str
    id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a verify found; fields the Ente left out are None or empty."""

    amount_cents: int | None
    due_on: date | None
    all_ccp: bool
    description: str
    fiscal_code: str
    company_name: str
    office_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A schema-valid answer, not yet judged: an OK may lack its data, a KO its fault."""

    ok: bool
    fault: Fault | None = None
    offer: Offer | None = None
    payment: PaymentData | None = None


def read_answer(raw: bytes, operation: Operation) -> Answer:
    """Read the Ente's answer to ``operation``. Raises AnswerRefused on what the schema forbids."""
    try:
        message = open_envelope(raw)
        return _read(message, operation)
    except (EnvelopeRefused, ValueError, OverflowError) as error:
        raise AnswerRefused(str(error)) from error


def _read(message: etree._Element, operation: Operation) -> Answer:
    if message.tag != f"{{{PA_NS}}}{operation.response_root}":
        raise AnswerRefused(f"attesa una {operation.response_root}")
    if not is_valid(message):
        raise AnswerRefused(f"elemento «{first_wrong_element(message)}» non valido")
    data = message.find("data")
    return Answer(
        ok=text_of(message, "outcome") == "OK",
        fault=_fault(message.find("fault")),
        offer=_offer(message),
        payment=None if data is None else _payment(data),
    )


def _fault(node: etree._Element | None) -> Fault | None:
    if node is None:
        return None
    names = ("faultCode", "faultString", "id", "description")
    return Fault(*(text_of(node, name) for name in names))


def _offer(message: etree._Element) -> Offer:
    option = message.find("paymentList/paymentOptionDescription")
    return Offer(
        amount_cents=None if option is None else cents_of(text_of(option, "amount")),
        due_on=None if option is None else optional_date(option, "dueDate"),
        all_ccp=option is not None and is_true(text_of(option, "allCCP")),
        description=text_of(message, "paymentDescription"),
        fiscal_code=text_of(message, "fiscalCodePA"),
        company_name=text_of(message, "companyName"),
        office_name=text_of(message, "officeName"),
    )


def _payment(data: etree._Element) -> PaymentData:
    last = text_of(data, "lastPayment")
    return PaymentData(
        iuv=text_of(data, "creditorReferenceId"),
        amount_cents=cents_of(text_of(data, "paymentAmount")),
        due_on=date_of(text_of(data, "dueDate")),
        description=text_of(data, "description"),
        company_name=text_of(data, "companyName"),
        office_name=text_of(data, "officeName"),
        debtor=read_party(data.findall("debtor")[0]),
        transfers=tuple(_transfer(share) for share in data.findall("transferList/transfer")),
        retention_at=optional_instant(data, "retentionDate"),
        last_payment=is_true(last) if last else None,
        metadata=read_metadata(data),
    )


def _transfer(share: etree._Element) -> PaymentTransfer:
    stamp = share.find("richiestaMarcaDaBollo")
    return PaymentTransfer(
        id_transfer=int(text_of(share, "idTransfer")),
        amount_cents=cents_of(text_of(share, "transferAmount")),
        fiscal_code=text_of(share, "fiscalCodePA"),
        remittance=text_of(share, "remittanceInformation"),
        category=text_of(share, "transferCategory"),
        iban=text_of(share, "IBAN"),
        stamp=None if stamp is None else _stamp(stamp),
        company_name=text_of(share, "companyName"),
        metadata=read_metadata(share),
    )


def _stamp(node: etree._Element) -> StampRequest:
    return StampRequest(
        document_hash=text_of(node, "hashDocumento"),
        province=text_of(node, "provinciaResidenza"),
        kind=text_of(node, "tipoBollo"),
    )
