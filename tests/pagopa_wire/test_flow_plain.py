"""The short way of reading a flow sees what XML says, nothing else: compared with a slow and obvious reading."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pagopa.wire.flow_file import NAMESPACE, FlowFileRefused, FlowLine
from pagopa.wire.flow_plain import PlainRows
from pagopa.wire.flow_xml import read_flow

ROW = "datiSingoliPagamenti"
HEAD = (
    "<identificativoFlusso>2026-03-03FINTOPSP01-1</identificativoFlusso>"
    "<dataOraFlusso>2026-03-03T20:00:00</dataOraFlusso>"
    "<identificativoUnivocoRegolamento>TRN</identificativoUnivocoRegolamento>"
    "<dataRegolamento>2026-03-03</dataRegolamento><istitutoMittente><identificativoUnivocoMittente>"
    "<codiceIdentificativoUnivoco>FINTO</codiceIdentificativoUnivoco></identificativoUnivocoMittente></istitutoMittente>"
    "<istitutoRicevente><identificativoUnivocoRicevente><codiceIdentificativoUnivoco>80012345678"
    "</codiceIdentificativoUnivoco></identificativoUnivocoRicevente></istitutoRicevente>"
)


def row(cents: int = 100, *, iur: str = "r", index: str = "1", day: str = "2026-03-02") -> str:
    told = f"<indiceDatiSingoloPagamento>{index}</indiceDatiSingoloPagamento>" if index else ""
    return (
        f"<{ROW}>\n <identificativoUnivocoVersamento>01000000000004285</identificativoUnivocoVersamento>"
        f"<identificativoUnivocoRiscossione>{iur}</identificativoUnivocoRiscossione>{told}"
        f"<singoloImportoPagato>{cents // 100}.{cents % 100:02}</singoloImportoPagato>\t"
        f"<codiceEsitoSingoloPagamento>0</codiceEsitoSingoloPagamento>"
        f"<dataEsitoSingoloPagamento>{day}</dataEsitoSingoloPagamento></{ROW}>\r\n"
    )


def document(body: str, *, payments: int, cents: int, prefix: str = "") -> bytes:
    """``body`` between the head and the end, all elements with the same prefix."""
    inside = (
        f"{HEAD}<numeroTotalePagamenti>{payments}</numeroTotalePagamenti>"
        f"<importoTotalePagamenti>{cents // 100}.{cents % 100:02}</importoTotalePagamenti>{body}"
    )
    bound = f' xmlns:{prefix}="{NAMESPACE}"' if prefix else f' xmlns="{NAMESPACE}"'
    if prefix:
        inside = inside.replace("</", "\0").replace("<!", "\1").replace("<", f"<{prefix}:")
        inside = inside.replace("\0", f"</{prefix}:").replace("\1", "<!")
    root = f"{prefix}:FlussoRiversamento" if prefix else "FlussoRiversamento"
    return f"<{root}{bound}>{inside}</{root}>".encode()


def as_xml_says(raw: bytes) -> list[FlowLine]:
    space = f"{{{NAMESPACE}}}"

    def line(number: int, node: etree._Element) -> FlowLine:
        def text(name: str) -> str:
            return "".join(node.xpath(f"*[local-name()='{name}']/text()")).strip()

        euro, _, cents = text("singoloImportoPagato").partition(".")
        return FlowLine(
            number, text("identificativoUnivocoVersamento"), text("identificativoUnivocoRiscossione"),
            int(text("indiceDatiSingoloPagamento") or 1), int(euro) * 100 + int(cents),
            int(text("codiceEsitoSingoloPagamento")),
            date.fromisoformat(text("dataEsitoSingoloPagamento")[:10]),
        )  # fmt: skip

    rows = etree.fromstring(raw).findall(f"{space}{ROW}")
    return [line(number, node) for number, node in enumerate(rows, start=1)]


# Each stands for one payment, of as many cents as it is asked for.
WAYS = {
    "plain": row,
    "other signs": lambda cents: row(cents, iur="a/b+c=d!'%;"),
    "without an index": lambda cents: row(cents, index=""),
    "entity": lambda cents: row(cents, iur="a&amp;b"),
    "cdata": lambda cents: row(cents, iur="<![CDATA[a]]>"),
    "space": lambda cents: row(cents, iur=" r "),
    "comment inside": lambda cents: row(cents).replace("\t", "<!-- 9.99 -->"),
    "comment before": lambda cents: f"<!-- {row(7)} -->" + row(cents),
    "zone": lambda cents: row(cents, day="2026-03-02+01:00"),
    "attribute": lambda cents: row(cents).replace(f"<{ROW}>", f'<{ROW} n="1">'),
}  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(WAYS)), st.integers(0, 10**9)), max_size=8),
    st.sampled_from(["", "p", "pay.i"]),
)
def test_what_is_read_is_what_xml_says(told: list[tuple[str, int]], prefix: str) -> None:
    body = "".join(WAYS[way](cents) for way, cents in told)
    total = sum(cents for _, cents in told)
    raw = document(body, payments=len(told), cents=total, prefix=prefix)
    assert list(read_flow(raw).lines) == as_xml_says(raw)


def test_rows_as_they_are_nearly_all_written_need_no_tree() -> None:
    raw = document("".join(row(n) for n in range(1, 6)), payments=5, cents=15)
    plain = PlainRows(raw)
    assert list(plain) == as_xml_says(raw)
    assert (plain.count, plain.rest) == (5, document("", payments=5, cents=15))


@pytest.mark.parametrize(
    "body",
    [
        f"<!-- {row(100)} -->",
        f"<![CDATA[{row(100)}]]>",
        row(100).replace(f"<{ROW}>", f'<{ROW} xmlns="urn:altro">'),
    ],
    ids=["in a comment", "in CDATA", "of another namespace"],
)
def test_what_only_looks_like_a_row_is_none(body: str) -> None:
    raw = document(body, payments=1, cents=100)
    assert list(PlainRows(raw)) == []
    with pytest.raises(FlowFileRefused, match="ne elenca 0"):
        read_flow(raw)


def test_rows_below_another_element_are_left_to_the_parser() -> None:
    assert list(PlainRows(document(f"<altro>{row(100)}</altro>", payments=1, cents=100))) == []


def test_bytes_that_mean_something_else_are_left_to_the_parser() -> None:
    text = document(row(100), payments=1, cents=100).decode()
    raw = f"<?xml version='1.0' encoding='UTF-16'?>{text}".encode("utf-16")
    assert list(PlainRows(raw)) == []
    assert list(read_flow(raw).lines) == as_xml_says(raw)


@pytest.mark.parametrize(
    "broken",
    [
        lambda raw: raw[:-5],
        lambda raw: raw.replace(b"</FlussoRiversamento>", b"<a></FlussoRiversamento>"),
        lambda raw: b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + raw,
        lambda raw: raw.replace(b"2026-03-02", b"2026-13-02"),
        lambda raw: raw + b"<altro/>",
    ],
)
def test_a_document_that_is_not_whole_is_refused_however_plain_its_rows(broken) -> None:
    with pytest.raises(FlowFileRefused):
        read_flow(broken(document(row(100), payments=1, cents=100)))
