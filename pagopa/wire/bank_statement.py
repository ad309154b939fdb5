"""A bank's daily statement, camt.053 of any version: only booked credits, and the reversals of credits.

Source: ISO 20022 BankToCustomerStatement (Ntry, NtryDtls/TxDtls).
"""

from collections.abc import Iterator

from lxml import etree

from pagopa.wire.treasury_movement import (
    Movement,
    Operation,
    TreasuryFileRefused,
    positive,
    present,
)
from pagopa.wire.values import cents_of, date_of, is_true
from paybox.kernel.problems import Refused
from paybox.kernel.xml import XmlRefused, walk_xml

_BOOKED = ("BOOK", "")


def read_statement(raw: bytes) -> list[Movement]:
    """One movement an entry; a batch whose transactions add up to it gives one each. Raises TreasuryFileRefused."""
    try:
        entries = walk_xml(raw, {"Ntry"})
        return [movement for entry in entries for movement in _movements(entry)]
    except XmlRefused as refusal:
        raise TreasuryFileRefused(f"L'estratto conto non è leggibile: {refusal}") from refusal


def _movements(entry: etree._Element) -> Iterator[Movement]:
    operation = _operation(entry)
    if operation is None or (_text(entry, "Sts") or _text(entry, "Sts/Cd")) not in _BOOKED:
        return
    reference = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    try:
        yield from _split(entry, operation, reference)
    except (Refused, ValueError) as refusal:
        raise TreasuryFileRefused(f"Movimento {reference[:20] or '?'}: {refusal}") from refusal


def _operation(entry: etree._Element) -> Operation | None:
    """None for money that went out for another reason."""
    is_credit, is_reversal = _text(entry, "CdtDbtInd") == "CRDT", is_true(_text(entry, "RvslInd"))
    if is_credit:
        return None if is_reversal else Operation.EXECUTED
    return Operation.REVERSED if is_reversal else None


def _split(entry: etree._Element, operation: Operation, reference: str) -> Iterator[Movement]:
    _check_currency(entry)
    whole = positive(cents_of)(_amount(entry, "Amt"))
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    shares = [_amount(d, "Amt") or _amount(d, "AmtDtls/TxAmt/Amt") for d in details]
    if len(details) > 1 and all(shares) and sum(map(cents_of, shares)) == whole:
        for number, (detail, share) in enumerate(zip(details, shares, strict=True), start=1):
            yield _movement(entry, detail, operation, f"{reference}-{number}", cents_of(share))
    else:
        yield _movement(
            entry, details[0] if details else entry, operation, present(reference), whole
        )


def _check_currency(entry: etree._Element) -> None:
    """What is not in euro cannot be compared with anything."""
    amount = entry.find("{*}Amt")
    currency = "" if amount is None else str(amount.get("Ccy", "EUR"))
    if currency not in ("", "EUR"):
        raise TreasuryFileRefused(
            f"l'importo è in {currency[:3]}: si leggono solo accrediti in euro"
        )


def _movement(
    entry: etree._Element, detail: etree._Element, operation: Operation, reference: str, cents: int
) -> Movement:
    booked = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm")
    valued = _text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm") or booked
    end_to_end = _text(detail, "Refs/EndToEndId")
    return Movement(
        operation=operation,
        reference=f"{date_of(booked or valued).year}/{present(reference)}",
        amount_cents=cents,
        moved_on=date_of(booked or valued),
        value_on=date_of(valued),
        causale=_words(detail) or _text(entry, "AddtlNtryInf"),
        payer=_text(detail, "RltdPties/Dbtr/Pty/Nm") or _text(detail, "RltdPties/Dbtr/Nm"),
        bank_reference=_text(detail, "Refs/TxId") or end_to_end.replace("NOTPROVIDED", ""),
    )


def _words(detail: etree._Element) -> str:
    """The pieces of one causale: banks cut them at 140 characters, inside a word if need be."""
    return "".join(node.text or "" for node in detail.findall("{*}RmtInf/{*}Ustrd")).strip()


def _text(node: etree._Element, path: str) -> str:
    """Whatever the version of the namespace."""
    found = node.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return (found.text or "").strip() if found is not None else ""


def _amount(node: etree._Element, path: str) -> str:
    """ISO writes 120, 120.5 or 120.50."""
    amount = _text(node, path)
    euros, _, rest = amount.partition(".")
    return f"{euros}.{rest.ljust(2, '0')}" if euros.isdecimal() else amount
