"""Demo, chapters 5–6: sixty payments at a PSP, then those who did not pay."""

from collections.abc import Callable
from datetime import timedelta

from django_tenants.utils import schema_context

from billing.models import Collection, Instalment, Position, Service
from billing.selectors.ledger import ledger_totals
from billing.states import PositionState
from dunning.models import Wave
from dunning.rules.eligibility import ExclusionReason
from dunning.services.planning import plan_reminders
from dunning.services.waves import approve_wave, start_wave
from paybox.demo.loading import ADA, ELENA
from paybox.demo.story import Story, StoryFailed, require, until
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.money import format_euro


def pay_at_psp(schema: str, fiscal_code: str, count: int) -> Callable[[Story], list[str]]:
    """Half the notices are rate uniche, half first rate where there are any; V1 and V2 in turn."""

    def tell(story: Story) -> list[str]:
        with schema_context(schema):
            chosen = list(
                Position.objects.filter(state=PositionState.OPEN)
                .order_by("pk")[:count]
                .prefetch_related("instalments")
            )
        paid, closed_seen = 0, 0
        for index, position in enumerate(chosen):
            ways = {way.number: way for way in position.instalments.all()}
            way = ways[1] if index % 2 and 1 in ways else ways[0]
            shown = story.far.psp(
                "verify", fiscal_code=fiscal_code, notice_number=way.notice_number
            )
            require(
                shown["outcome"] == "OK" and shown["amount_cents"] == way.amount_cents,
                f"verifica: {shown}",
            )
            answer = story.far.pay(
                fiscal_code=fiscal_code,
                notice_number=way.notice_number,
                paid_at=now(),
                version=("V1", "V2")[index % 2],
            )
            require(answer["outcome"] == "OK", f"pagamento di {way.notice_number}: {answer}")
            paid += way.amount_cents
            if len(ways) > 1:
                other = ways[0] if way.number else ways[1]
                closed_seen += _no_longer_payable(story, fiscal_code, other)
        with schema_context(schema):
            booked = Collection.objects.filter(channel=Collection.Channel.PAGOPA).count()
            settled = Position.objects.filter(state=PositionState.SETTLED).count()
            totals = ledger_totals()
        require(
            booked >= count and totals.collected >= paid, "le ricevute non sono tutte registrate"
        )
        return [
            f"{count} avvisi verificati, attivati e pagati presso il PSP simulato, {format_euro(paid)} €",
            f"{booked} ricevute conservate e registrate una volta sola, {settled} posizioni saldate",
            f"{closed_seen} alternative (rata unica o rate) non più pagabili: il Nodo riceve PAA_PAGAMENTO_DUPLICATO",
        ]

    return tell


def _no_longer_payable(story: Story, fiscal_code: str, other: Instalment) -> int:
    answer = story.far.psp("verify", fiscal_code=fiscal_code, notice_number=other.notice_number)
    code = answer.get("fault", {}).get("originalFaultCode")
    require(code == "PAA_PAGAMENTO_DUPLICATO", f"l'alternativa risulta ancora pagabile: {answer}")
    return 1


def remind_the_overdue(
    schema: str, service_code: str, fiscal_code: str
) -> Callable[[Story], list[str]]:
    """The clock moves past the due date; one debtor pays between planning and sending and gets nothing."""

    def tell(story: Story) -> list[str]:
        with schema_context(schema):
            last = (
                Instalment.objects.filter(position__service__code=service_code)
                .order_by("-due_on")
                .first()
            )
        require(last is not None, "nessuna scadenza")
        if last is not None and today() <= last.due_on:
            move_clock_to(last.due_on + timedelta(days=10))
            story.far.move_clock_to(last.due_on + timedelta(days=10))
        with schema_context(schema):
            service = Service.objects.get(code=service_code)
            wave = plan_reminders(
                service_id=service.pk, channel="SMS", actor=ADA, at=now(), today=today()
            )
            late_payer = wave.items.filter(state="PRONTO").order_by("pk").first()
            excluded = wave.items.filter(state="ESCLUSO").count()
        if late_payer is None:
            raise StoryFailed("nessun moroso con il cellulare")
        before = len(story.far.texts())
        pay_everything(story, schema, fiscal_code, late_payer.position_ids)
        with schema_context(schema):
            approve_wave(wave_id=wave.pk, actor=ELENA, at=now())
            start_wave(wave_id=wave.pk, actor=ADA, at=now())
        until(lambda: _ended(schema, wave.pk), what="invio degli SMS e conferme di consegna")
        return _figures(story, schema, wave, late_payer.pk, excluded, before)

    return tell


def pay_everything(story: Story, schema: str, fiscal_code: str, position_ids: list[int]) -> None:
    while True:
        with schema_context(schema):
            way = (
                Instalment.objects.filter(position_id__in=position_ids, state="PAGABILE")
                .order_by("pk")
                .first()
            )
        if way is None:
            return
        answer = story.far.pay(
            fiscal_code=fiscal_code, notice_number=way.notice_number, paid_at=now()
        )
        require(answer["outcome"] == "OK", f"pagamento dell'ultimo momento: {answer}")


def _ended(schema: str, wave_id: int) -> bool:
    """Everything sent and every delivery told back."""
    with schema_context(schema):
        wave = Wave.objects.get(pk=wave_id)
        waiting = wave.items.filter(state__in=["PRONTO", "IN_INVIO", "INVIATO"]).exists()
    return wave.state == Wave.State.SENT and not waiting


def _figures(
    story: Story, schema: str, wave: Wave, payer_item: int, excluded: int, before: int
) -> list[str]:
    with schema_context(schema):
        by_state: dict[str, int] = {}
        for state in wave.items.values_list("state", flat=True):
            by_state[state] = by_state.get(state, 0) + 1
        payer = wave.items.get(pk=payer_item)
    texts = len(story.far.texts()) - before
    reached, lost = by_state.get("RAGGIUNTO", 0), by_state.get("NON_RAGGIUNTO", 0)
    require(payer.state == "SALTATO", f"a chi ha pagato: {payer.state}")
    require(
        reached > 0 and texts == reached + lost,
        f"{texts} SMS per {reached} recapitati e {lost} falliti",
    )
    return [
        f"orologio spostato al {today():%d/%m/%Y}: {wave.recipients} morosi con cellulare, {excluded} senza (elencati)",
        f"{texts} SMS partiti, {reached} recapitati, {lost} non recapitati (conferme firmate del fornitore)",
        f"chi ha pagato fra la simulazione e l'invio non riceve nulla: {ExclusionReason(payer.reason).sentence}",
        f"i messaggi si leggono su http://localhost:{story.far.ports.sms}/",
    ]
