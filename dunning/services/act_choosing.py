"""Chapter 10 – choosing the acts: every overdue credit of the service, in with its sums or out with its reason.

Before: the same candidates that a wave looks at, debt by debt.  After: the rows of a batch. A credit goes whole or not at all:
who has rate still to come is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from billing.models import Position
from billing.rules.notification_costs import Way
from dunning.models import ActBatch, ActItem, CreditRules
from dunning.rules.act_lines import LineKind, act_lines, cents_of
from dunning.rules.channels import LETTER, PEC, SEND, reachable
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.send_settings import BY_DELIVERY, settings_of
from dunning.rules.steps import StepKind, gate_of
from dunning.selectors.acts import act_facts, rules_of
from dunning.selectors.candidates import Candidate, candidates_of
from dunning.selectors.channel_access import access_of, usable_channels
from dunning.selectors.limitation import clocks_of
from dunning.selectors.policies import rule_steps
from paybox.kernel.bulk import copy_rows

CHUNK = 1_000
WAYS: Mapping[str, Way] = {
    PEC: Way.PEC, LETTER: Way.REGISTERED_WITH_RECEIPT, SEND: Way.SEND,
}  # fmt: skip
_COLUMNS = (
    "batch_id", "position_id", "state", "reason", "channel", "owed_cents", "sanctions_cents", "interest_cents",
    "expenses_cents", "charges_cents", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is the same for the whole batch. ``ways``: of those channels whose costs the act itself asks for."""

    batch: ActBatch
    rules: CreditRules
    threshold_cents: int
    at: datetime
    ways: Mapping[str, Way]

    def row(self, who: Candidate, position: Position, last_day: date | None) -> tuple[Any, ...]:
        """One credit as COPY takes it."""
        batch = self.batch
        cascade = usable_channels(batch.step.channels, service_id=batch.service_id)
        rung = reachable(cascade, who.contacts)
        channel = cascade[rung] if rung is not None else ""
        reason = self._why_not(who, position, channel, last_day)
        sums = (0, 0, 0, 0) if reason else self._sums(position, channel)
        state = ActItem.State.EXCLUDED if reason else ActItem.State.READY
        return (
            batch.pk, position.pk, state.value, reason, channel, position.residual_cents, *sums, self.at,
        )  # fmt: skip

    def _why_not(
        self, who: Candidate, position: Position, channel: str, last_day: date | None
    ) -> str:
        if who.stopped:
            return who.stopped
        if last_day is not None and last_day < self.batch.planned_on:
            return ExclusionReason.PRESCRITTO
        if who.cents < position.residual_cents:
            return ExclusionReason.RATE_FUTURE
        if position.residual_cents < self.threshold_cents:
            return ExclusionReason.SOTTO_SOGLIA
        return "" if channel else ExclusionReason.SENZA_RECAPITO

    def _sums(self, position: Position, channel: str) -> tuple[int, int, int, int]:
        """Sanctions, interest, expenses and charges, in cents: only those that the step adds."""
        step = self.batch.step
        wanted = set(step.charges) | ({LineKind.EXPENSES} if step.costs_cents else set())
        facts = act_facts(
            position,
            way=self.ways.get(channel) if LineKind.EXPENSES in wanted else None,
            with_sanction=LineKind.SANCTIONS in wanted,
            with_charges=LineKind.CHARGES in wanted,
            with_interest=LineKind.INTEREST in wanted,
            own_expenses_cents=step.costs_cents,
            on=self.batch.planned_on,
            rules=self.rules,
        )
        lines = act_lines(facts)
        kinds = (LineKind.SANCTIONS, LineKind.INTEREST, LineKind.EXPENSES, LineKind.CHARGES)
        sanctions, interest, expenses, charges = (cents_of(lines, kind) for kind in kinds)
        return sanctions, interest, expenses, charges


def fill_batch(batch: ActBatch, *, at: datetime) -> None:
    """The rows of the batch and its totals. Call inside a transaction."""
    step, rules = batch.step, rules_of(batch.service)
    least = [step.minimum_cents, batch.service.reminder_minimum_cents]
    if step.kind == StepKind.LEGAL:
        least.append(rules.handover_minimum_cents)
    choice = _Choice(batch, rules, max(least), at, _ways())
    for chunk in _chunks(batch, at):
        rows = _rows(choice, chunk)
        copy_rows(ActItem, _COLUMNS, rows)
        for row in rows:
            _count(batch, row)


def _ways() -> dict[str, Way]:
    """Without SEND where it adds its own costs: they come later, and are never asked for twice."""
    access = access_of(SEND, service_id=None)
    adds = access is not None and settings_of(access.settings).policy == BY_DELIVERY
    return {channel: way for channel, way in WAYS.items() if not adds or channel != SEND}


def _chunks(batch: ActBatch, at: datetime) -> Iterator[list[Candidate]]:
    gate = gate_of(rule_steps(batch.step.policy), batch.step.number)
    found = candidates_of(
        service_id=batch.service_id, gate=gate, on=batch.planned_on, at=at, each=True
    )
    while chunk := list(islice(found, CHUNK)):
        yield chunk


def _rows(choice: _Choice, chunk: list[Candidate]) -> list[tuple[Any, ...]]:
    """What is asked of the database for a whole chunk at once; a clock only where the kind of credit is known."""
    ids = [who.position_ids[0] for who in chunk]
    found = Position.objects.select_related("service").prefetch_related("instalments").in_bulk(ids)
    days: dict[int, date] = {}
    if choice.rules.pk is not None:
        days = {p.pk: clock.last_day for p, clock, _ in clocks_of(found.values(), choice.rules)}
    return [choice.row(who, found[pk], days.get(pk)) for who, pk in zip(chunk, ids, strict=True)]


def _count(batch: ActBatch, row: tuple[Any, ...]) -> None:
    if row[3]:
        batch.excluded += 1
        return
    batch.acts += 1
    batch.owed_cents += row[5]
    batch.added_cents += sum(row[6:10])
