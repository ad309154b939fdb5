"""Chapter 8 – the rows of a flow, stored and matched with their receipts all at once.

Before: a flow read.  After: every row has its receipt, or waits in a queue with a name.
The receipt is found by IUV and IUR; a row whose IUR nobody has seen falls back on IUV and amount, if only one fits.
A receipt paid over in two rows is compared with their sum. The rule is ``label_of``: SQL is only told its answers.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db import connection

from pagopa.labels import PAID_OUTCOMES
from pagopa.models import Flow
from pagopa.rules.facts import RowFacts
from pagopa.rules.labelling import label_of
from pagopa.wire.flow_file import FlowLine

_HEAP = """
CREATE TEMP TABLE flow_line (
    index integer, iuv text, iur text, transfer_index smallint, amount_cents bigint, outcome smallint, paid_on date
) ON COMMIT DROP
"""
_COPY = "COPY pg_temp.flow_line FROM STDIN"
_STORE = """
WITH found AS (
    SELECT l.*, COALESCE(same.id, alike.id) AS receipt_id,
        COALESCE(same.amount_cents, l.amount_cents) AS receipt_cents
    FROM pg_temp.flow_line l
    LEFT JOIN pagopa_receipt same ON same.iuv = l.iuv AND same.receipt_id = l.iur
    LEFT JOIN LATERAL (
        SELECT min(r.id) AS id FROM pagopa_receipt r
        WHERE same.id IS NULL AND r.iuv = l.iuv AND r.amount_cents = l.amount_cents
        HAVING count(*) = 1) AS alike ON TRUE
), paid AS (
    SELECT receipt_id, sum(amount_cents) AS cents FROM found
    WHERE receipt_id IS NOT NULL AND outcome = ANY(%(paid)s) GROUP BY receipt_id
), said AS (
    SELECT * FROM unnest(%(outcomes)s::smallint[], %(alone)s::text[], %(equal)s::text[], %(differs)s::text[])
        AS said (outcome, alone, equal, differs)
)
INSERT INTO pagopa_flowrow
    (flow_id, index, iuv, iur, transfer_index, amount_cents, outcome, paid_on, receipt_id, label)
SELECT %(flow)s, f.index, f.iuv, f.iur, f.transfer_index, f.amount_cents, f.outcome, f.paid_on, f.receipt_id,
    CASE WHEN f.receipt_id IS NULL THEN said.alone
         WHEN COALESCE(paid.cents, f.amount_cents) = f.receipt_cents THEN said.equal
         ELSE said.differs END
FROM found f JOIN said ON said.outcome = f.outcome LEFT JOIN paid ON paid.receipt_id = f.receipt_id
ORDER BY f.index
"""


def store_rows(*, flow: Flow, lines: Sequence[FlowLine]) -> None:
    """Put ``lines`` in the place of whatever rows the flow had. Inside a transaction of the caller."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pagopa_flowrow WHERE flow_id = %s", [flow.pk])
        cursor.execute(_HEAP)
        with cursor.copy(_COPY) as copy:
            for block in _blocks(lines):
                copy.write(block)
        cursor.execute("ANALYZE pg_temp.flow_line")
        cursor.execute(_STORE, {"flow": flow.pk, **_rule({line.outcome for line in lines})})
        cursor.execute("DROP TABLE pg_temp.flow_line")


def _rule(outcomes: Iterable[int]) -> dict[str, list[int] | list[str]]:
    """What ``label_of`` says of each outcome: without a receipt, with an equal one, with another."""
    known = sorted(outcomes)
    return {
        "paid": sorted(PAID_OUTCOMES),
        "outcomes": known,
        "alone": [str(label_of(RowFacts(o, 1))) for o in known],
        "equal": [str(label_of(RowFacts(o, 1, 1))) for o in known],
        "differs": [str(label_of(RowFacts(o, 1, 2))) for o in known],
    }


def _blocks(lines: Sequence[FlowLine]) -> Iterator[str]:
    """Text of COPY, some thousands of rows at a time."""
    for start in range(0, len(lines), 4096):
        chunk = enumerate(lines[start : start + 4096], start=start + 1)
        yield "".join(
            f"{index}\t{_safe(iuv)}\t{_safe(iur)}\t{transfer}\t{cents}\t{outcome}\t{day}\n"
            for index, (iuv, iur, transfer, cents, outcome, day) in chunk
        )


def _safe(text: str) -> str:
    """A tab, a line feed or a backslash would end the value."""
    if text.isalnum():
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
