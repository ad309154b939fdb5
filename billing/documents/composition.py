"""Composing a notice: from frozen data to the fields of every page.

Before: data.  After: fields go to a renderer.  Source: pagoPA's guide to the avviso analogico.
"""

from collections.abc import Iterator
from itertools import islice

from billing.documents import codes
from billing.documents.data import CreditorData, DebtorData, NoticeData, PaymentData
from billing.documents.fields import (
    PrintedCreditor,
    PrintedDebtor,
    PrintedNotice,
    PrintedPayment,
    RatesPage,
    SummaryColumn,
)
from billing.documents.lettering import day, euro, fit, grouped, png_uri
from billing.documents.pagination import rates_per_page
from billing.documents.second_page import second_page

RATES_PER_SUMMARY_COLUMN = 24


def printed_notice(data: NoticeData) -> PrintedNotice:
    """Write every field of the notice; amounts are those of the moment ``data`` was frozen."""
    first = data.single or data.instalments[0]
    single = _printed(data, data.single, label="RATA UNICA", slot="single") if data.single else None
    pages = _rates_pages(data)
    second = second_page(data, 2 + len(pages))
    return PrintedNotice(
        title=f"Avviso di pagamento {first.notice_number}",
        subject=fit(data.subject_line, 40, 78),
        creditor=_creditor(data.creditor),
        debtor=_debtor(data.debtor),
        single=single,
        amount=euro(_payable_cents(data)),
        due=day(first.due_on),
        ways=_ways(data),
        rates_pages=pages,
        summary=() if single else _summary(pages),
        text_lines=tuple(fit(line, 120, 135) for line in data.text_lines),
        pages=str(1 + len(pages) + (second is not None)),
        second_page=second,
    )


def _creditor(creditor: CreditorData) -> PrintedCreditor:
    return PrintedCreditor(
        name=fit(creditor.name, 40, 72),
        codice_fiscale=creditor.codice_fiscale,
        sector=fit(creditor.sector, 48, 80),
        info=fit(creditor.info, 48, 100),
        website=creditor.website,
        logo=png_uri(creditor.logo_png),
        cbill=creditor.cbill,
        ccp=creditor.ccp.lstrip("0"),
        ccp_holder=fit((creditor.ccp_holder or creditor.name).upper(), 36, 60),
        poste_authorization=creditor.poste_authorization,
    )


def _debtor(debtor: DebtorData) -> PrintedDebtor:
    return PrintedDebtor(
        name=fit(debtor.name, 35, 64),
        codice_fiscale=debtor.codice_fiscale.upper()[:16],
        address=tuple(fit(line, 48, 58) for line in debtor.address_lines[:4]),
    )


def _payable_cents(data: NoticeData) -> int:
    payments = [data.single] if data.single else data.instalments
    return sum(payment.amount_cents for payment in payments)


def _ways(data: NoticeData) -> str:
    count = len(data.instalments)
    if not count:
        return "Puoi pagare con una unica rata."
    once = "con una unica rata oppure " if data.single else ""
    rates = "1 rata" if count == 1 else f"{count} rate"
    see = "vedi pagina seguente" if count <= 3 else "vedi pagine seguenti"
    return f"Puoi pagare {once}in {rates} ({see}). La rateizzazione non prevede costi aggiuntivi."


def _rates_pages(data: NoticeData) -> tuple[RatesPage, ...]:
    rates = iter(enumerate(data.instalments, start=1))
    return tuple(
        RatesPage(str(number), tuple(_page_of_rates(data, islice(rates, size), size)))
        for number, size in enumerate(rates_per_page(len(data.instalments)), start=2)
    )


def _page_of_rates(
    data: NoticeData, rates: Iterator[tuple[int, PaymentData]], size: int
) -> Iterator[PrintedPayment]:
    layout = 3 if size == 3 else 2
    for place, (ordinal, rate) in enumerate(rates, start=1):
        half = " half" if layout == 3 and _has_bollettino(data, rate) else ""
        yield _printed(data, rate, label=f"{ordinal}ª RATA", slot=f"of{layout}-{place}{half}")


def _printed(data: NoticeData, payment: PaymentData, *, label: str, slot: str) -> PrintedPayment:
    return PrintedPayment(
        label=payment.label.upper()[:40] or label,
        amount=euro(payment.amount_cents),
        due=day(payment.due_on),
        code=grouped(payment.notice_number),
        qr=_qr(data, payment),
        datamatrix=_datamatrix(data, payment) if _has_bollettino(data, payment) else "",
        slot=slot,
    )


def _has_bollettino(data: NoticeData, payment: PaymentData) -> bool:
    # The codeline has ten digits: a larger amount is payable by the other channels only.
    return bool(data.creditor.ccp) and payment.amount_cents <= codes.MAX_BOLLETTINO_CENTS


def _qr(data: NoticeData, payment: PaymentData) -> str:
    text = codes.qr_text(
        notice_number=payment.notice_number,
        creditor_codice_fiscale=data.creditor.codice_fiscale,
        amount_cents=payment.amount_cents,
    )
    return png_uri(codes.qr_png(text))


def _datamatrix(data: NoticeData, payment: PaymentData) -> str:
    text = codes.datamatrix_text(
        creditor=data.creditor, debtor=data.debtor, payment=payment, causale=data.subject_line
    )
    return png_uri(codes.datamatrix_png(text))


def _summary(pages: tuple[RatesPage, ...]) -> tuple[SummaryColumn, ...]:
    rates = tuple(rate for page in pages for rate in page.payments)
    starts = range(0, len(rates), RATES_PER_SUMMARY_COLUMN)
    return tuple(
        SummaryColumn(
            place=f"of{len(starts)} at{place}",
            shows_codes=len(starts) < 3,
            rates=rates[start : start + RATES_PER_SUMMARY_COLUMN],
        )
        for place, start in enumerate(starts, start=1)
    )
