"""Chapter 9 – a list: people known only by a telephone and an amount get the same simulation, approval and proof.

Before: a CSV kept raw.  After: a simulated wave without positions; what cannot be read is listed with its line and reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from billing.models import Service
from dunning.models import Attempt, Suppression, Wave
from dunning.rules.channels import SMS
from dunning.rules.eligibility import MIN_GAP, ExclusionReason
from dunning.rules.listed import Listed, Unread, read_list
from dunning.selectors.facts import prices_on
from dunning.selectors.messages import compose_listed
from dunning.services.planning import CANARY, LARGE
from dunning.services.simulation import Plan, Planned, fill_wave, open_wave
from paybox.kernel.actor import Actor
from paybox.kernel.inbox import store_raw
from paybox.kernel.problems import Refused
from tenants.models import Ente

_ANY_LINK = "https://ente.example/"  # the text carries no link


@dataclass(slots=True)
class _Reader:
    """Turns rows into items. ``numbers``: those already met in this list."""

    ente: Ente
    price: int
    silenced: frozenset[str]
    lately: frozenset[str]
    numbers: set[str] = field(default_factory=set)

    def items(self, rows: Iterable[Listed | Unread]) -> Iterator[Planned]:
        for row in rows:
            yield self._unread(row) if isinstance(row, Unread) else self._item(row)

    def _item(self, row: Listed) -> Planned:
        told = {"line": str(row.line), "name": row.name, "account": row.account}
        if row.due_on:
            told["due_on"] = row.due_on.isoformat()
        reason, parts = self._why_not(row.number), 0
        if not reason:
            parts = self._parts(row, told)
            reason = "" if parts else ExclusionReason.TESTO
        again = row.number in self.numbers
        self.numbers.add(row.number)
        return Planned(
            None, (), f"{row.number}/{row.line}" if again else row.number, row.cents, row.number, reason, SMS,
            parts=parts, cost_mills=parts * self.price, told=told,
        )  # fmt: skip

    def _why_not(self, number: str) -> str:
        if number in self.numbers:
            return ExclusionReason.DOPPIO
        if number in self.silenced:
            return ExclusionReason.DA_NON_DISTURBARE
        return ExclusionReason.FREQUENZA if number in self.lately else ""

    def _parts(self, row: Listed, told: dict[str, str]) -> int:
        try:
            said = compose_listed(
                channel=SMS, cents=row.cents, told=told, ente=self.ente, link=_ANY_LINK
            )
        except Refused:
            return 0
        return said.parts_on(SMS)

    def _unread(self, row: Unread) -> Planned:
        told = {"line": str(row.line), "problem": row.words}
        return Planned(None, (), f"riga {row.line}", 0, "", ExclusionReason.RIGA, SMS, told=told)


@transaction.atomic
def plan_list(
    *, service_id: int, raw: bytes, ente: Ente, actor: Actor, at: datetime, today: date
) -> Wave:
    """An SMS to each number of the list. The bytes are kept as they came. Raises FileRefused."""
    stored = store_raw(kind="dunning.list", body=raw, at=at)
    service = Service.objects.get(pk=service_id)
    plan = Plan(Wave.Kind.LIST, service, [SMS], today, canary=CANARY, raw_message_id=stored.pk)
    wave = open_wave(plan=plan, actor=actor, at=at)
    recent = Attempt.objects.filter(created_at__gt=at - MIN_GAP, channel=SMS)
    silenced = Suppression.objects.filter(channel=SMS, lifted_at__isnull=True)
    reader = _Reader(
        ente=ente,
        price=prices_on(today)[SMS],
        silenced=frozenset(silenced.values_list("address", flat=True)),
        lately=frozenset(
            recent.exclude(state__in=[Attempt.State.FAILED, Attempt.State.FAILED_NOW]).values_list(
                "address", flat=True
            )
        ),
    )
    fill_wave(wave=wave, items=reader.items(read_list(raw, today=today)), actor=actor, at=at)
    if wave.recipients < LARGE:
        wave.canary = 0
        wave.save(update_fields=["canary"])
    return wave
