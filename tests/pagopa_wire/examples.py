"""Requests and answers with valid defaults, one override per test; everybody is fictional."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pagopa.gateways.protocol import DebtorToPublish, NoticeToPublish, PublicationRequest
from pagopa.wire.requests import (
    DemandRequest,
    GetPaymentRequest,
    Party,
    Receipt,
    ReceiptTransfer,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.responses import PaymentData, PaymentTransfer, StampRequest
from pagopa.wire.values import ROME

BORGO = "80012345678"
VALLE = "80087654321"
BROKER, STATION = "80099999990", "80099999990_01"
IUV, NOTICE = "01000000000004285", "301000000000004285"
IBAN = "IT60X0542811101000000123456"
HEAD = (BORGO, BROKER, STATION)

MARIO = Party(
    kind="F",
    code="RSSMRA80A01H501U",
    full_name="Mario Rossi",
    street="Via Roma",
    civic_number="1/A",
    postal_code="00100",
    city="Borgo",
    province="RM",
    country="IT",
    email="mario.rossi@example.org",
)


def verify_request() -> VerifyRequest:
    return VerifyRequest(*HEAD, BORGO, NOTICE)


def get_payment_request(*, v2: bool = True) -> GetPaymentRequest:
    return GetPaymentRequest(
        *HEAD,
        BORGO,
        NOTICE,
        amount_cents=12_000,
        payment_note="carrello-1",
        transfer_type="PAGOPA",
        due_on=date(2026, 12, 31),
        v2=v2,
    )


def receipt_transfer(**override: Any) -> ReceiptTransfer:
    share = ReceiptTransfer(
        id_transfer=1,
        amount_cents=12_000,
        fiscal_code=BORGO,
        iban=IBAN,
        remittance=f"/RFB/{IUV}/120.00",
        category="9/0101101IM/",
        metadata=(("TARI-TEFA-1", "A001|2026|3944"),),
    )
    return replace(share, **override)


def receipt(**override: Any) -> Receipt:
    whole = Receipt(
        receipt_id="c110729d258c4ab1b765fe902aae41d6",
        notice_number=NOTICE,
        fiscal_code=BORGO,
        outcome="OK",
        iuv=IUV,
        amount_cents=12_000,
        description="TARI 2026",
        company_name="Comune di Borgo",
        office_name="Tributi",
        debtor=MARIO,
        transfers=(receipt_transfer(),),
        id_psp="FINTOPSP01",
        psp_fiscal_code="99999999990",
        psp_vat_code="IT99999999990",
        psp_company_name="Banca di Esempio S.p.A.",
        id_channel="99999999990_01",
        channel_description="app",
        payer=MARIO,
        payment_method="creditCard",
        fee_cents=150,
        paid_at=datetime(2026, 11, 21, 10, 30, tzinfo=ROME),
        applied_on=date(2026, 11, 21),
        transferred_on=date(2026, 11, 22),
        metadata=(("chiave", "valore"),),
        stand_in=True,
    )
    return replace(whole, **override)


def full_v2_receipt() -> Receipt:
    stamp = receipt_transfer(
        id_transfer=2, amount_cents=1_600, iban="", stamp=b"<marca/>", company_name="Erario"
    )
    return receipt(
        amount_cents=13_600,
        transfers=(receipt_transfer(company_name="Comune di Borgo"), stamp),
        payment_note="carrello-1",
        primary_fee_cents=0,
        id_bundle="b1",
        id_ci_bundle="c1",
    )


def send_rt_request(*, v2: bool = True, whole: Receipt | None = None) -> SendRtRequest:
    return SendRtRequest(*HEAD, whole or (full_v2_receipt() if v2 else receipt()), v2=v2)


def demand_request() -> DemandRequest:
    return DemandRequest(*HEAD, "00001", "00002", b"<servizio/>")


def every_request() -> list[Any]:
    return [
        verify_request(),
        get_payment_request(v2=False),
        get_payment_request(v2=True),
        send_rt_request(v2=False),
        send_rt_request(v2=True),
        demand_request(),
    ]


def payment_transfer(**override: Any) -> PaymentTransfer:
    share = PaymentTransfer(
        id_transfer=1,
        amount_cents=12_000,
        fiscal_code=BORGO,
        remittance=f"/RFB/{IUV}/120.00",
        category="9/0101101IM/",
        iban=IBAN,
        metadata=(("IBANAPPOGGIO", "IT60X0760111101000000123456"),),
    )
    return share._replace(**override)


def payment_data(**override: Any) -> PaymentData:
    data = PaymentData(
        iuv=IUV,
        amount_cents=12_000,
        due_on=date(2026, 12, 31),
        description="TARI 2026 rata unica",
        company_name="Comune di Borgo",
        office_name="Tributi",
        debtor=MARIO,
        transfers=(payment_transfer(),),
        retention_at=datetime(2026, 12, 31, 23, 59, tzinfo=ROME),
        last_payment=False,
        metadata=(("chiave", "valore"),),
    )
    return data._replace(**override)


def stamp_transfer() -> PaymentTransfer:
    digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    return payment_transfer(
        id_transfer=2,
        amount_cents=1_600,
        iban="",
        stamp=StampRequest(digest, "RM"),
        company_name="Erario",
    )


def notice_to_publish(**override: Any) -> NoticeToPublish:
    notice = NoticeToPublish(
        iud="BORGO-2026-1",
        iuv=IUV,
        notice_number=NOTICE,
        amount_cents=12_000,
        due_on=date(2026, 12, 31),
        causale="TARI 2026 rata unica",
        service_code="TARI",
        taxonomy="9/0101101IM/",
        debtor=DebtorToPublish(
            "F",
            "RSSMRA80A01H501U",
            "Mario Rossi",
            "Via Roma",
            "1/A",
            "00100",
            "Borgo",
            "RM",
            "IT",
            "mario.rossi@example.org",
        ),
        iban=IBAN,
    )
    return replace(notice, **override)


def publication(*notices: NoticeToPublish) -> PublicationRequest:
    return PublicationRequest(BORGO, "c_borgo", notices or (notice_to_publish(),))
