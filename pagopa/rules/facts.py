"""What ``labelling`` looks at: the facts of a credit, of a row, of a flow, of a receipt. Cents everywhere."""

from dataclasses import dataclass

from pagopa.labels import RepairKind, RowLabel


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """Of one credit: what its causale names, what has arrived of that name, what a person said of it.

    ``credit_cents`` is net of what the treasurer reversed. ``flow_cents``, ``receipt_cents``: None when what is named
    has not arrived. ``*_taken``: other money has paid it already. ``repair``: the person's word in force, if any.
    """

    names_flow: bool
    names_iuv: bool
    credit_cents: int
    flow_cents: int | None = None
    flow_taken: bool = False
    receipt_cents: int | None = None
    receipt_taken: bool = False
    repair: RepairKind | None = None


@dataclass(frozen=True, slots=True)
class RowFacts:
    """Of a row: ``row_cents`` is all that its flow pays over for its receipt; ``receipt_cents`` None: no receipt.

    ``reported_before``: an earlier flow has paid that receipt over. ``booked``: without a receipt, the ledger has it
    on the word of this flow.
    """

    outcome: int
    row_cents: int
    receipt_cents: int | None = None
    reported_before: bool = False
    booked: bool = False
    repair: RepairKind | None = None


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """Of a flow: ``named_cents`` of the credit whose causale names it, ``said_cents`` of what persons gave to it.

    ``late``: the treasurer should have it by now.
    """

    flow_cents: int
    named_cents: int | None = None
    said_cents: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """Of a receipt, where its money has got to: the row that reports it and its flow, or the credits that pay it."""

    receipt_cents: int
    row: RowLabel | None = None
    cashed: bool = False
    named_cents: int | None = None
    said_cents: int = 0
    late: bool = False
