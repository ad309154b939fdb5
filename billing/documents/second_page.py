"""The last page of a notice in the second language of the body: the same facts in German, where to find the codes to pay.

Before: composition has the fields of the Italian pages.  After: they go to the renderer together.
Source: DPR 574/1988 (documents of the bodies of the province of Bolzano in both languages).
"""

from billing.documents.data import DocumentRefused, NoticeData, PaymentData
from billing.documents.fields import SecondPage, SummaryColumn, SummaryRow
from billing.documents.lettering import euro, grouped

GERMAN = "de"
ROWS_A_COLUMN = 25  # a rata unica and 72 rate in three columns
DAY = "%d.%m.%Y"


def second_page(data: NoticeData, number: int) -> SecondPage | None:
    """None when the body has no second language. Raises DocumentRefused for one that we do not write."""
    if not data.second_language:
        return None
    if data.second_language != GERMAN:
        raise DocumentRefused("L'avviso si stampa solo in italiano o anche in tedesco.")
    owed = [data.single] if data.single else list(data.instalments)
    first = owed[0]
    return SecondPage(
        language=data.second_language,
        number=str(number),
        amount=euro(sum(payment.amount_cents for payment in owed)),
        due=f"{first.due_on:{DAY}}",
        when="zahlbar bis" if data.single else "insgesamt; erste Rate zahlbar bis",
        ways=_ways(data),
        columns=_columns(_rows(data)),
    )


def _ways(data: NoticeData) -> str:
    count = len(data.instalments)
    if not count:
        return "Der Betrag ist auf einmal zu zahlen."
    once = "auf einmal oder " if data.single else ""
    rates = "einer Rate" if count == 1 else f"{count} Raten"
    return f"Sie können {once}in {rates} zahlen. Die Ratenzahlung verursacht keine zusätzlichen Kosten."


def _rows(data: NoticeData) -> list[SummaryRow]:
    rates = [_row(f"{ordinal}. Rate", rate) for ordinal, rate in enumerate(data.instalments, 1)]
    return [*([_row("Einmalzahlung", data.single)] if data.single else []), *rates]


def _row(label: str, payment: PaymentData) -> SummaryRow:
    return SummaryRow(
        label, euro(payment.amount_cents), f"{payment.due_on:{DAY}}", grouped(payment.notice_number)
    )


def _columns(rows: list[SummaryRow]) -> tuple[SummaryColumn, ...]:
    starts = range(0, len(rows), ROWS_A_COLUMN)
    return tuple(
        SummaryColumn(
            place=f"of{len(starts)} at{place}",
            shows_codes=len(starts) < 3,
            rates=tuple(rows[start : start + ROWS_A_COLUMN]),
        )
        for place, start in enumerate(starts, start=1)
    )
