"""Demo, chapters 1–4: the file, the positions, pagoPA, the notices."""

from collections.abc import Callable
from datetime import date

from django_tenants.utils import schema_context

from billing.models import Instalment, Load, Position, Service, TimelineEntry, Transfer
from billing.selectors.channels import split_of_load
from billing.selectors.loads import load_problems
from billing.services.bollettazione import ask_bollettazione
from billing.services.loads import confirm_load
from billing.services.staging import stage_load
from dunning.models import Wave
from dunning.services.planning import plan_notices
from dunning.services.waves import approve_wave, start_wave
from pagopa.models import Publication
from paybox.demo.story import Story, require, until
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now
from paybox.kernel.models import Job
from paybox.kernel.money import format_euro
from tenants.selectors.enti import ente_of_schema

ADA = Actor(1, "Ada Bianchi")
ELENA = Actor(2, "Elena Fabbri")


def load_credits(
    schema: str, service_code: str, filename: str, make: Callable[[date], bytes], *, bad_rows: int
) -> Callable[[Story], list[str]]:
    """The file is written, previewed and confirmed."""

    def tell(story: Story) -> list[str]:
        raw = make(story.began_on)
        (story.var_dir / filename).write_bytes(raw)
        ente = ente_of_schema(schema)
        require(ente is not None, f"manca l'Ente {schema}")
        with schema_context(schema):
            service = Service.objects.get(code=service_code)
            load = stage_load(
                service=service,
                filename=filename,
                raw=raw,
                actor=ADA,
                at=now(),
                today=story.began_on,
            )
            problems = [p for p in load_problems(load) if p["severity"] == "error"]
            lines = [
                f"{filename}: {load.rows} righe, {load.accepted} accettate per {format_euro(load.amount_cents)} €, "
                f"{load.refused} rifiutate, {load.already_loaded} già presenti"
            ]
            lines += [f"riga {p['row']}, {p['column'] or '-'}: {p['message']}" for p in problems]
            require(
                load.refused >= bad_rows and len(problems) >= bad_rows, f"attesi {bad_rows} rifiuti"
            )
            load = confirm_load(
                load_id=load.pk, segregation=ente.segregation if ente else "", actor=ADA, at=now()
            )
            lines.append(f"confermato: {load.loaded_positions} crediti caricati")
            require(load.state == Load.State.CONFIRMED, "il caricamento non è concluso")
        return lines

    return tell


def count_positions(schema: str) -> Callable[[Story], list[str]]:
    def tell(story: Story) -> list[str]:
        with schema_context(schema):
            positions, notices = Position.objects.count(), Instalment.objects.all()
            numbers = notices.values("notice_number").distinct().count()
            transfers = Transfer.objects.filter(kind=Transfer.Kind.OPENING).count()
            facts = TimelineEntry.objects.filter(kind=TimelineEntry.Kind.OPENED).count()
            first = notices.order_by("pk").first()
        require(positions == transfers == facts, "posizioni, movimenti e fatti non concordano")
        require(first is not None and numbers >= positions, "mancano i codici avviso")
        return [
            f"{positions} posizioni, {numbers} codici avviso tutti diversi (il primo: {first.notice_number if first else ''})",
            f"{transfers} movimenti di apertura nel registro, {facts} fatti nella cronologia",
        ]

    return tell


def wait_publication(schema: str) -> Callable[[Story], list[str]]:
    def tell(story: Story) -> list[str]:
        def all_there() -> bool:
            with schema_context(schema):
                return not Position.objects.filter(published_at__isnull=True).exists()

        until(all_there, what=f"pubblicazione su pagoPA di {schema}")
        with schema_context(schema):
            done = Publication.objects.filter(state=Publication.State.ACKNOWLEDGED).count()
            refused = Publication.objects.filter(state=Publication.State.REFUSED).count()
        require(refused == 0, f"{refused} pubblicazioni rifiutate")
        return [f"{done} posizioni accettate dall'intermediario via SOAP, {refused} rifiutate"]

    return tell


def issue_notices(schema: str, filename: str) -> Callable[[Story], list[str]]:
    """Billing file, split, and wave zero by e-mail."""

    def tell(story: Story) -> list[str]:
        with schema_context(schema):
            load = Load.objects.get(filename=filename, state=Load.State.CONFIRMED)
            split = split_of_load(load)
            bollettazione = ask_bollettazione(load_id=load.pk, actor=ADA, at=now())
            wave = plan_notices(load_id=load.pk, actor=ADA, at=now(), today=story.began_on)
            approve_wave(wave_id=wave.pk, actor=ADA, at=now())
            start_wave(wave_id=wave.pk, actor=ADA, at=now())
            _wait_job(schema, bollettazione.job_id)
            bollettazione.refresh_from_db()
        until(lambda: wave_sent(schema, wave.pk), what="invio degli avvisi per e-mail")
        sent = story.far.mails()
        with schema_context(schema):
            wave.refresh_from_db()
            mailed = wave.items.filter(state__in=["INVIATO", "RAGGIUNTO"]).count()
        require(
            mailed == wave.recipients and mailed <= len(sent),
            "non tutti gli avvisi digitali sono partiti",
        )
        return [
            f"file di bollettazione: {bollettazione.notices} avvisi, {bollettazione.pages} pagine, {bollettazione.file}",
            f"digitale {split['DIGITALE']}, carta {split['CARTA']}",
            f"{mailed} avvisi inviati per e-mail con il PDF allegato "
            f"(si leggono su http://localhost:{story.far.ports.mail}/)",
        ]

    return tell


def _wait_job(schema: str, job_id: int) -> None:
    def done() -> bool:
        with schema_context(schema):
            job = Job.objects.get(pk=job_id)
        require(job.state != Job.State.FAILED, f"bollettazione interrotta: {job.message}")
        return job.state == Job.State.DONE

    until(done, what="file di bollettazione", seconds=600)


def wave_sent(schema: str, wave_id: int) -> bool:
    with schema_context(schema):
        return Wave.objects.get(pk=wave_id).state == Wave.State.SENT
