"""Chapter 8 – the rows of a flow, stored and matched with their receipts all at once.

Before: a flow read.  After: every row has its receipt, or waits in a queue with a name.
The receipt is found by IUV and IUR; a row whose IUR nobody has seen falls back on IUV and amount, if only one fits
and nobody else is paid by it: two rows for one receipt are two payments, and the second has none.
A receipt paid over in two rows is compared with their sum. The rule is ``label_of``: SQL is only told its answers.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

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
_BLOCK = 4096
_LINE = "%s\t%s\t%s\t%s\t%s\t%s\t%s"
# Compiling the statement would take longer than running it, and its rows fit in this much memory.
_TUNE = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
_STORE = """
WITH heard AS (
    SELECT l.*, same.id AS same_id, same.amount_cents AS same_cents, alike.id AS alike_id
    FROM pg_temp.flow_line l
    LEFT JOIN pagopa_receipt same ON same.iuv = l.iuv AND same.receipt_id = l.iur
    LEFT JOIN LATERAL (
        SELECT min(r.id) AS id FROM pagopa_receipt r
        WHERE same.id IS NULL AND r.iuv = l.iuv AND r.amount_cents = l.amount_cents
            AND NOT EXISTS (SELECT FROM pagopa_flowrow o WHERE o.receipt_id = r.id AND o.flow_id <> %(flow)s)
        HAVING count(*) = 1) AS alike ON TRUE
), found AS (
    SELECT h.*, COALESCE(h.same_cents, h.amount_cents) AS receipt_cents,
        -- Asked only of rows that have nothing but a likeness: seldom one.
        CASE WHEN h.same_id IS NOT NULL OR h.alike_id IS NULL THEN h.same_id
             WHEN h.alike_id IN (SELECT n.same_id FROM heard n WHERE n.same_id IS NOT NULL) THEN NULL
             ELSE h.alike_id END AS receipt_id
    FROM heard h
), paid AS (
    SELECT f.*, sum(amount_cents) FILTER (WHERE outcome = ANY(%(paid)s)) OVER (PARTITION BY receipt_id) AS paid_cents
    FROM found f
), said AS (
    SELECT * FROM unnest(%(outcomes)s::smallint[], %(alone)s::text[], %(equal)s::text[], %(differs)s::text[])
        AS said (outcome, alone, equal, differs)
)
INSERT INTO pagopa_flowrow
    (flow_id, index, iuv, iur, transfer_index, amount_cents, outcome, paid_on, receipt_id, label)
SELECT %(flow)s, f.index, f.iuv, f.iur, f.transfer_index, f.amount_cents, f.outcome, f.paid_on, f.receipt_id,
    CASE WHEN f.receipt_id IS NULL THEN said.alone
         WHEN COALESCE(f.paid_cents, f.amount_cents) = f.receipt_cents THEN said.equal
         ELSE said.differs END
FROM paid f JOIN said ON said.outcome = f.outcome
ORDER BY f.index
"""


def store_rows(*, flow: Flow, lines: Iterable[FlowLine]) -> None:
    """Put ``lines`` in the place of whatever rows the flow had. Inside a transaction of the caller.

    They are gone through once, a block in memory at a time; whatever they raise leaves nothing written.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TUNE)
        cursor.execute("DELETE FROM pagopa_flowrow WHERE flow_id = %s", [flow.pk])
        cursor.execute(_HEAP)
        for block in _blocks(lines):
            # Closed after each block: to give the next lines, their reader may have to ask the database.
            with cursor.copy(_COPY) as copy:
                copy.write(block)
        cursor.execute("ANALYZE pg_temp.flow_line (iuv)")
        cursor.execute("SELECT DISTINCT outcome FROM pg_temp.flow_line")
        outcomes = [row[0] for row in cursor.fetchall()]
        cursor.execute(_STORE, {"flow": flow.pk, **_rule(outcomes)})
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


def _blocks(lines: Iterable[FlowLine]) -> Iterator[str]:
    """Text of COPY, some thousands of rows at a time."""
    source = iter(lines)
    while chunk := list(islice(source, _BLOCK)):
        text = "\n".join([_LINE % line for line in chunk])
        plain = "\\" not in text and "\r" not in text
        whole = (text.count("\t"), text.count("\n")) == (6 * len(chunk), len(chunk) - 1)
        yield (text if plain and whole else "\n".join(map(_escaped, chunk))) + "\n"


def _escaped(line: FlowLine) -> str:
    """A tab, a line feed or a backslash would end the value."""
    return _LINE % line._replace(iuv=_safe(line.iuv), iur=_safe(line.iur))


def _safe(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
