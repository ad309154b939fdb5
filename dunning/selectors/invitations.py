"""What became of invitations to notices without paper: how many left, were answered, were accepted; what they may save.

Before: waves of invitations, consents.  After: the pages of «Senza carta», of a wave, of a person.
An acceptance counts for the last invitation before it; what nobody answered yet is not a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet, Sum

from billing.models import Position
from dunning.models import Wave, WaveItem
from dunning.rules.channels import EMAIL, LETTER
from dunning.rules.savings import UnitCosts, savings_of
from dunning.selectors.facts import prices_on
from dunning.selectors.savings import costs_in_force
from paybox.kernel.clock import ROME
from registry.models import Subject

YEAR = timedelta(days=365)
ENOUGH = 30  # fewer people say nothing about the next ones
_LEFT = ("INVIATO", "RAGGIUNTO", "NON_RAGGIUNTO", "INCERTO")
_FIGURES = """
SELECT count(*), count(*) FILTER (WHERE i.state = 'NON_RAGGIUNTO'), count(*) FILTER (WHERE began.it OR agreed.it),
    count(*) FILTER (WHERE agreed.it), COALESCE(sum(first.mills), 0)::bigint
FROM dunning_waveitem i
JOIN dunning_wave w ON w.id = i.wave_id AND w.kind = 'INVITO'
CROSS JOIN LATERAL (
    SELECT min(a.created_at) AS at, sum(a.cost_mills) AS mills FROM dunning_attempt a WHERE a.item_id = i.id
) first
CROSS JOIN LATERAL (
    SELECT min(a.created_at) AS at FROM dunning_attempt a JOIN dunning_waveitem j ON j.id = a.item_id
    JOIN dunning_wave v ON v.id = j.wave_id AND v.kind = 'INVITO'
    WHERE j.subject_id = i.subject_id AND j.id <> i.id AND a.created_at > first.at
) later
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM registry_consent c WHERE c.subject_id = i.subject_id AND c.kind = 'EMAIL' AND c.act = 'CONCESSO'
          AND c.recorded_at > first.at AND (later.at IS NULL OR c.recorded_at < later.at)
    ) AS it
) agreed
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM registry_contactcheck k WHERE k.subject_id = i.subject_id AND k.kind = 'EMAIL'
          AND k.created_at > first.at AND (later.at IS NULL OR k.created_at < later.at)
    ) AS it
) began
WHERE i.state = ANY(%(left)s) AND (%(waves)s::bigint[] IS NULL OR w.id = ANY(%(waves)s))
"""


@dataclass(frozen=True, slots=True)
class Funnel:
    """People. ``began``: gave an address; ``accepted``: it is verified, or stands on a signed form. Mills of a euro."""

    invited: int
    not_reached: int
    began: int
    accepted: int
    spent_mills: int

    def percent(self, count: int) -> int:
        return round(100 * count / self.invited) if self.invited else 0

    @property
    def steps(self) -> list[tuple[str, int, int]]:
        """Words, people, percent of those invited."""
        told = (
            ("Inviti partiti", self.invited),
            ("di cui non arrivati", self.not_reached),
            ("Hanno indicato un'e-mail", self.began),
            ("Hanno accettato gli avvisi senza carta", self.accepted),
        )
        return [(words, count, self.percent(count)) for words, count in told]

    @property
    def mills_an_acceptance(self) -> int | None:
        return round(self.spent_mills / self.accepted) if self.accepted else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Cents a year. ``notices``: those of these people in the last year; ``needed``: how many of ``people`` must accept
    for the round to pay for itself in a year; ``expected_cents``: at the rate of the past ones, None when too few.
    """

    people: int
    pages: int
    notices: int
    cost_mills: int
    yearly_cents: int
    needed: int | None
    expected_cents: int | None


def funnel_of(waves: Sequence[Wave] | None = None) -> Funnel:
    """Of these waves, or of all; a person invited twice counts twice."""
    ids = None if waves is None else [wave.pk for wave in waves]
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"left": list(_LEFT), "waves": ids})
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - counts always come
    return Funnel(*row)


def invitation_waves(*, scope: Sequence[str]) -> QuerySet[Wave]:
    """Newest first, of the services one works on."""
    found = Wave.objects.filter(kind=Wave.Kind.INVITE).select_related("service", "invitation__load")
    found = found.filter(service__code__in=scope) if scope else found
    return found.order_by("-created_at", "-pk")


def estimate_of(wave: Wave, *, at: datetime) -> Estimate:
    """Before it leaves: what it costs, and what it may save."""
    items = wave.items.exclude(state__in=[WaveItem.State.EXCLUDED, WaveItem.State.SKIPPED])
    people = items.count()
    recent = Position.objects.filter(noticed_at__gt=at - YEAR, noticed_at__lte=at)
    notices = recent.filter(subject__in=items.values("subject_id")).count()
    cost = items.aggregate(mills=Sum("cost_mills"))["mills"] or 0
    yearly = _yearly_cents(notices, costs_in_force(), at)
    past = funnel_of()
    return Estimate(
        people=people,
        pages=people if wave.channel == LETTER else 0,
        notices=notices,
        cost_mills=cost,
        yearly_cents=yearly,
        needed=_needed(people, cost, yearly),
        expected_cents=yearly * past.accepted // past.invited if past.invited >= ENOUGH else None,
    )


def invitations_of(subject: Subject) -> QuerySet[WaveItem]:
    """Hers, newest first: those that left, and those that did not with why."""
    hers = WaveItem.objects.filter(subject=subject, wave__kind=Wave.Kind.INVITE)
    hers = hers.exclude(state=WaveItem.State.EXCLUDED).select_related("wave")
    return hers.order_by("-updated_at", "-pk")


def _yearly_cents(notices: int, costs: UnitCosts, at: datetime) -> int:
    spent = notices * prices_on(at.astimezone(ROME).date())[EMAIL]
    return max(0, savings_of(letters=notices, messages_mills=spent, costs=costs).net_cents)


def _needed(people: int, cost_mills: int, yearly_cents: int) -> int | None:
    """Rounded up; None when it would never pay for itself in a year."""
    if not yearly_cents:
        return None
    needed = -(-cost_mills * people // (yearly_cents * 10))
    return needed if needed <= people else None
