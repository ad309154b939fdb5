"""Demo, chapter 5c: some of those who still get paper are invited to do without; a letter each with her own code, for the printer."""

from collections import Counter
from collections.abc import Callable

from django_tenants.utils import schema_context

from billing.models import Service
from dunning.models import PrintBatch, Wave, WaveItem
from dunning.services.inviting import InvitationDraft, plan_round
from dunning.services.post_batches import ask_batch
from dunning.services.waves import approve_wave, start_wave
from paybox.demo.loading import ADA, ELENA, wave_sent
from paybox.demo.story import Story, require, until
from paybox.kernel.clock import now, today
from paybox.kernel.models import Job
from registry.models import Invitation

MOST = 20


def invite_on_paper(schema: str, service_code: str) -> Callable[[Story], list[str]]:
    """Simulated, approved by another person, printed; who gets e-mail already is left alone."""

    def tell(story: Story) -> list[str]:
        with schema_context(schema):
            service = Service.objects.get(code=service_code)
            draft = InvitationDraft("LETTERA", most=MOST)
            wave = plan_round(
                service_id=service.pk, draft=draft, actor=ADA, at=now(), today=today()
            )
            require(not Invitation.objects.exists(), "una simulazione ha già dato dei codici")
            approve_wave(wave_id=wave.pk, actor=ELENA, at=now(), seen=wave.snapshot_sha256)
            start_wave(wave_id=wave.pk, actor=ADA, at=now())
        until(lambda: wave_sent(schema, wave.pk), what="inviti messi da parte per la stampa")
        with schema_context(schema):
            batch = ask_batch(wave_id=wave.pk, product="ORDINARIA", actor=ADA, at=now())
        until(lambda: _printed(schema, batch.pk), what="inviti stampati")
        return _figures(schema, wave, batch)

    return tell


def _printed(schema: str, batch_id: int) -> bool:
    with schema_context(schema):
        return PrintBatch.objects.get(pk=batch_id).job.state == Job.State.DONE


def _figures(schema: str, wave: Wave, batch: PrintBatch) -> list[str]:
    with schema_context(schema):
        batch.refresh_from_db()
        codes = Invitation.objects.count()
        items = WaveItem.objects.filter(wave=wave).exclude(reason="")
        out = Counter(items.values_list("reason", flat=True))
    require(
        batch.letters_count == wave.recipients == codes, "non ogni invito ha la sua lettera e il suo codice"
    )  # fmt: skip
    return [
        f"invitate per posta {wave.recipients} persone, approvati da {ELENA.name}; {batch.pages} pagine, ciascuna con "
        f"il suo codice: {batch.file}",
        f"lasciate stare: {out['GIA_DIGITALE']} che ricevono già gli avvisi per e-mail, {out['TETTO']} oltre il numero "
        f"massimo",
    ]
