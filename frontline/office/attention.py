"""What asks for somebody's attention today, the most urgent first, each with where to go."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from billing.models import Load
from billing.selectors.board import Board
from billing.states import UNPAID
from dunning.models import PhoneTask, Wave, WaveItem
from dunning.selectors.limitation_tally import expiring_tally
from dunning.selectors.pec import pec_concerns
from dunning.selectors.plans import waiting_proposals
from dunning.selectors.seals import broken_checks
from pagopa.models import Publication, ReceiptAnomaly
from paybox.kernel.clock import today
from paybox.kernel.given_up import given_up


@dataclass(frozen=True, slots=True)
class Concern:
    """``cents`` is None when money is not the point; ``url`` is empty when there is no page yet."""

    count: int
    one: str
    many: str
    url: str
    cents: int | None = None

    @property
    def words(self) -> str:
        return self.one if self.count == 1 else self.many


def what_needs_attention(
    board: Board, *, scope: Collection[str], administers: bool = False, answers: bool = False
) -> list[Concern]:
    """Only what is there: an empty list is good news."""
    positions = reverse("office:positions")
    concerns = [
        Concern(
            board.overdue_positions, "posizione scaduta e non pagata",
            "posizioni scadute e non pagate", f"{positions}?scadute=on", board.overdue_cents,
        ),
        Concern(
            _refused(scope), "posizione rifiutata da pagoPA", "posizioni rifiutate da pagoPA",
            f"{reverse('office:publications')}?stato={Publication.State.REFUSED}",
        ),
        Concern(
            board.staged_loads, "caricamento in esame, da confermare o annullare",
            "caricamenti in esame, da confermare o annullare",
            f"{reverse('office:loads')}?stato={Load.State.STAGED}",
        ),
    ]  # fmt: skip
    concerns += [
        _expiring(scope),
        _waves(scope),
        _undelivered(scope),
        _certified(scope),
        _odd_receipts(scope),
        _proposed_plans(scope),
    ]
    if answers:
        concerns += [_telephone(scope), _broken_seals(scope)]
    if administers:
        concerns.append(_given_up())
    if excess := board.whole.totals.excess:
        concerns.append(
            Concern(
                0,
                "",
                "di eccedenze da restituire o attribuire",
                f"{reverse('office:receipts')}?esito=ECCEDENZA",
                excess,
            )
        )
    return [concern for concern in concerns if concern.count or concern.cents]


def _waves(scope: Collection[str]) -> Concern:
    waiting = Wave.objects.filter(state=Wave.State.SIMULATED)
    if scope:
        waiting = waiting.filter(service__code__in=scope)
    url = reverse("office:waves")
    return Concern(waiting.count(), "invio da approvare", "invii da approvare", url)


def _undelivered(scope: Collection[str]) -> Concern:
    """Debtors whom a message did not reach, in waves that were not cancelled."""
    missed = WaveItem.objects.filter(state=WaveItem.State.NOT_REACHED)
    if scope:
        missed = missed.filter(wave__service__code__in=scope)
    return Concern(
        missed.count(),
        "messaggio non recapitato",
        "messaggi non recapitati",
        reverse("office:waves"),
    )


def _certified(scope: Collection[str]) -> Concern:
    """Replies, missing receipts and doubtful messages of the certified mail."""
    waiting = pec_concerns(scope=scope).filter(settled_at__isnull=True)
    words = "messaggio PEC da guardare", "messaggi PEC da guardare"
    return Concern(waiting.count(), *words, reverse("office:pec"))


def _telephone(scope: Collection[str]) -> Concern:
    """Complaints, disputes, papers and whatever else the calls leave to the office."""
    waiting = PhoneTask.objects.filter(settled_at__isnull=True)
    if scope:
        waiting = waiting.filter(file__campaign__service__code__in=scope)
    words = "richiesta arrivata per telefono", "richieste arrivate per telefono"
    return Concern(waiting.count(), *words, reverse("office:phone_tasks"))


def _broken_seals(scope: Collection[str]) -> Concern:
    """Sendings whose proofs are not what they were when they were sealed."""
    words = "invio con un sigillo che non tiene", "invii con un sigillo che non tiene"
    return Concern(broken_checks(scope=scope).count(), *words, reverse("office:broken_proofs"))


def _expiring(scope: Collection[str]) -> Concern:
    """Credits that time is about to take away, or has."""
    found = expiring_tally(scope=scope, on=today()).whole
    return Concern(
        found.count,
        "credito vicino alla prescrizione o alla decadenza",
        "crediti vicini alla prescrizione o alla decadenza",
        reverse("office:limitation"),
        found.cents,
    )


def _proposed_plans(scope: Collection[str]) -> Concern:
    """Above the sum that the Ente has set they want a second person."""
    words = "dilazione da concedere o respingere", "dilazioni da concedere o respingere"
    return Concern(waiting_proposals(scope=scope).count(), *words, reverse("office:plans"))


def _odd_receipts(scope: Collection[str]) -> Concern:
    """Receipts that a person has to see to."""
    waiting = ReceiptAnomaly.objects.filter(settled_at__isnull=True)
    if scope:
        waiting = waiting.filter(receipt__collection__position__service__code__in=scope)
    url = reverse("office:anomalies")
    return Concern(
        waiting.count(),
        "anomalia delle ricevute da guardare",
        "anomalie delle ricevute da guardare",
        url,
    )


def _given_up() -> Concern:
    """Of the whole Ente: the outbox knows no services."""
    url = reverse("office:failures")
    return Concern(
        given_up().count(), "lavoro fermo da ritentare", "lavori fermi da ritentare", url
    )


def _refused(scope: Collection[str]) -> int:
    refused = still_refused()
    if scope:
        refused = refused.filter(position__service__code__in=scope)
    return refused.values("position_id").distinct().count()


def still_refused() -> QuerySet[Publication]:
    """Refusals of positions that are to be paid and have not got onto pagoPA since."""
    waiting = {"position__state__in": UNPAID, "position__published_at__isnull": True}
    return Publication.objects.filter(state=Publication.State.REFUSED, **waiting)
