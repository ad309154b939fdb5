"""Demo, chapter 10: a procedure of two steps, each with its own words; the second is firmer, and a second person agreed to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.channels.library import ready_text
from dunning.models import Attempt, DunningPolicy, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Block, Form, TextDraft
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.texts import approve_text, write_text
from dunning.services.waves import approve_wave, start_wave
from paybox.demo.loading import ADA, ELENA, wave_sent
from paybox.demo.paying import pay_everything
from paybox.demo.story import Story, StoryFailed, require, until
from paybox.kernel.clock import move_clock_to, now, today

FIRM = "Secondo sollecito, fermo"
FIRM_WORDS = "Se non paga entro il termine seguirà un atto formale, con altre spese a Suo carico."
STEPS = (
    StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=True),
    StepDraft("CORTESIA", "INVIO_PRECEDENTE", 14, ("EMAIL", "SMS"), needs_approval=True, text=FIRM),
)


def remind_again(schema: str, service_code: str, fiscal_code: str) -> Callable[[Story], list[str]]:
    """The days pass; whoever still owes is written to twice, the second time in other words. Each time one pays meanwhile."""

    def tell(story: Story) -> list[str]:
        with schema_context(schema):
            service = Service.objects.get(code=service_code)
            _procedure(service)
        story.far.move_clock_to(today())  # the Node's day goes with its process
        gentle = _send(story, schema, fiscal_code, service, number=1, days=8)
        firm = _send(story, schema, fiscal_code, service, number=2, days=15)
        with schema_context(schema):
            first, second = (_bodies(wave) for wave in (gentle, firm))
        require(not any(FIRM_WORDS in body for body in first), "il primo sollecito è già fermo")
        require(
            bool(second) and all(FIRM_WORDS in body for body in second),
            "il secondo sollecito non è fermo",
        )
        return [
            f"procedura di due passi; il secondo usa il testo «{FIRM}», scritto da {ADA.name} e autorizzato da {ELENA.name}",
            f"passo 1: {gentle.recipients} persone, con il testo di base; passo 2, il {today():%d/%m/%Y}: "
            f"{firm.recipients} persone, per e-mail o SMS, con il testo fermo",
        ]

    return tell


@transaction.atomic
def _procedure(service: Service) -> None:
    """The words and the steps, whole or not at all; those that are there when the chapter was interrupted."""
    if DunningPolicy.objects.filter(service=service, steps__text=FIRM).exists():
        return
    for form in (Form.EMAIL, Form.SMS):
        _authorise(service, _firm(service.code, form))
    write_policy(service_id=service.pk, steps=STEPS, actor=ADA, at=now())


def _firm(service_code: str, form: Form) -> TextDraft:
    """The ready reminder with one more sentence, before what to do if it has been paid."""
    draft = ready_text(service_code, Act.REMINDER, form)
    if draft is None:
        raise StoryFailed("manca il testo del sollecito")
    if form is Form.SMS:
        words = f"{{ente}}: secondo sollecito, restano da pagare {{importo}} con {{avvisi}}. {FIRM_WORDS} Se ha già pagato, grazie."  # fmt: skip
        return replace(draft, blocks=(Block(words),), variant=FIRM)
    first, rest = draft.blocks[:4], draft.blocks[4:]
    return replace(draft, blocks=(*first, Block(FIRM_WORDS), *rest), variant=FIRM)


def _authorise(service: Service, draft: TextDraft) -> None:
    version = write_text(service_id=service.pk, draft=draft, actor=ADA, at=now())
    approve_text(version_id=version.pk, actor=ELENA, at=now(), seen=version.sha256)


def _send(
    story: Story, schema: str, fiscal_code: str, service: Service, *, number: int, days: int
) -> Wave:
    """That step, ``days`` from now, to its last message; the wave that is there when the chapter was interrupted."""
    with schema_context(schema):
        wave = Wave.objects.filter(service=service, step__number=number).first()
    if wave is None:
        wave = _planned(story, schema, service, number, today() + timedelta(days=days))
    if wave.state == Wave.State.SIMULATED:
        _approved(story, schema, fiscal_code, wave)
    until(lambda: wave_sent(schema, wave.pk), what=f"invio del passo {number}")
    return wave


def _planned(story: Story, schema: str, service: Service, number: int, day: date) -> Wave:
    move_clock_to(day)
    story.far.move_clock_to(day)
    with schema_context(schema):
        return plan_step(service_id=service.pk, number=number, actor=ADA, at=now(), today=today())


def _approved(story: Story, schema: str, fiscal_code: str, wave: Wave) -> None:
    """Approved and started together, after one has paid."""
    with schema_context(schema):
        payer = wave.items.filter(state="PRONTO").order_by("pk").first()
    if payer is None:
        raise StoryFailed("nessuno a cui scrivere")
    pay_everything(story, schema, fiscal_code, payer.position_ids)
    with schema_context(schema), transaction.atomic():
        approve_wave(wave_id=wave.pk, actor=ELENA, at=now(), seen=wave.snapshot_sha256)
        start_wave(wave_id=wave.pk, actor=ADA, at=now())


def _bodies(wave: Wave) -> list[str]:
    return list(Attempt.objects.filter(item__wave=wave).values_list("body", flat=True))
