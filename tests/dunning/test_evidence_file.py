"""The fascicolo di sollecito: an index to read, every piece byte for byte, a manifest that proves them; nobody else's."""

import hashlib
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_tenants.utils import schema_context

from billing.models import Position, Service
from dunning.models import (
    Attempt,
    Letter,
    PecMailbox,
    PecMessage,
    PrintBatch,
    ReceiptCard,
    ServedAct,
)
from dunning.services.planning import plan_reminders
from paybox.kernel.clock import now
from paybox.kernel.inbox import store_raw
from paybox.kernel.models import Job
from tests.build import AT, make_position
from tests.dunning.conftest import go

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
EML = b"From: a\r\nTo: b\r\n\r\nsollecito\r\n"
SCAN = b"%PDF-1.4 la cartolina"


@pytest.fixture
def told(borgo: Any, ada: Any, elena: Any, person: Any) -> Position:
    """Reminded by SMS, then by PEC, then by a registered letter whose card came back; then an act was served."""
    position = make_position(subject=person())
    wave = plan_reminders(
        service_id=Service.objects.get(code="TARI").pk, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
    )  # fmt: skip
    go(wave, elena)
    item, later = wave.items.get(), now() + timedelta(days=20)
    by_pec = Attempt.objects.create(
        item=item, try_number=2, channel="PEC", address="rossi@pec.example", state="CONSEGNATO", created_at=later,
        sent_at=later, subject_line="Sollecito", body="Le chiediamo …",
    )  # fmt: skip
    raw = store_raw(kind="dunning.pec", body=EML, at=later, headers={})
    PecMessage.objects.create(
        mailbox=PecMailbox.objects.create(address="borgo@pec.example"), kind="INVIATO", at=later, attempt=by_pec,
        recipient="rossi@pec.example", raw_message_id=raw.pk, sha256=hashlib.sha256(EML).hexdigest(), size=len(EML),
    )  # fmt: skip
    _by_letter(item, later + timedelta(days=30))
    ServedAct.objects.create(
        position=position, kind="SOLLECITO_FORMALE", perfected_on=date(2026, 9, 1), source="AR",
        reference="raccomandata 123", actor_name="Ada", created_at=AT,
    )  # fmt: skip
    return position


def _by_letter(item: Any, at: Any) -> None:
    attempt = Attempt.objects.create(
        item=item, try_number=3, channel="LETTERA", address="Via Roma 1 00010 Borgo RM", state="CONSEGNATO",
        created_at=at, sent_at=at, body="Sollecito",
    )  # fmt: skip
    job = Job.objects.create(kind="prova", title="Lettere", state=Job.State.DONE, created_at=at, actor_name="p")  # fmt: skip
    batch = PrintBatch.objects.create(wave=item.wave, job=job, product="RACCOMANDATA_AR", created_at=at)  # fmt: skip
    words = {
        "written_on": "2026-08-01", "subject": "Sollecito di pagamento", "paragraphs": ["Le ricordiamo il debito."],
        "codice_fiscale": "RSSMRA80A01H501U", "debts": [["TARI 2026", "301000000000000001", "2026-06-16", 12_000]],
    }  # fmt: skip
    letter = Letter.objects.create(
        batch=batch, attempt=attempt, number=1, part=1, code="80012345678" + "0" * 11, words=words,
        lines=["Persona Prova", "Via Roma 1", "00010 Borgo RM"],
    )  # fmt: skip
    file = default_storage.save(f"prova/{attempt.uuid}.pdf", ContentFile(SCAN))
    ReceiptCard.objects.create(
        letter=letter, file=file, mime="application/pdf", sha256=hashlib.sha256(SCAN).hexdigest(), place="scatola 3",
        at=at + timedelta(days=9), actor_name="p",
    )  # fmt: skip


def address(position: Position) -> str:
    return f"/ufficio/posizioni/{position.uuid}/fascicolo.zip"


def test_every_piece_is_there_and_proves_itself(told, visit) -> None:
    answer = visit("ada@example.org").get(address(told))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        inside = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(inside.pop("manifesto.json"))
    index = pypdfium2.PdfDocument(inside.pop("indice.pdf"))
    kinds = [name.partition("-")[2] for name in inside]
    assert kinds == ["sms.txt", "pec.txt", "pec.eml", "lettera.pdf", "avviso.pdf"]
    assert {p["file"]: p["sha256"] for p in manifest["pezzi"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in inside.items()
    }
    assert EML in inside.values()
    assert SCAN in inside.values()
    assert "Le ricordiamo" in _read(pypdfium2.PdfDocument(inside["04-lettera.pdf"]))
    assert manifest["notifiche"][0]["perfezionata_il"] == "2026-09-01"
    page = _read(index)
    for words in (
        "Fascicolo di sollecito",
        told.reference,
        "Avviso di ricevimento",
        "raccomandata 123",
        "120,00",
    ):
        assert words in page


def test_words_thrown_away_leave_their_fingerprint(told, visit) -> None:
    sms = Attempt.objects.get(channel="SMS")
    Attempt.objects.filter(pk=sms.pk).update(body="", subject_line="")
    with zipfile.ZipFile(io.BytesIO(visit("ada@example.org").get(address(told)).content)) as pack:
        manifest = json.loads(pack.read("manifesto.json"))
        assert "01-sms.txt" not in pack.namelist()
    assert (manifest["pezzi"][0]["file"], manifest["pezzi"][0]["sha256"]) == (None, sms.body_sha256)


def test_who_only_reads_and_who_is_elsewhere(told, visit) -> None:
    where = address(told)
    assert visit("bruno@example.org").get(where).status_code == 403
    assert visit("dario@example.org", host="valle.localhost").get(where).status_code == 404
    with schema_context("borgo"):
        nothing = make_position()
    empty = visit("ada@example.org").get(address(nothing))
    with zipfile.ZipFile(io.BytesIO(empty.content)) as pack:
        assert pack.namelist() == ["indice.pdf", "manifesto.json"]


def _read(document: pypdfium2.PdfDocument) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in document).replace("\r\n", " ")  # fmt: skip
