"""Letters on the office's pages: asked for, saved, handed over; nobody sees what is not hers."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Service
from dunning.models import PrintBatch, Wave, WaveItem
from dunning.tasks import make_print_batch
from paybox.kernel.clock import now, today
from tests.build import make_position, make_subject


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


@pytest.fixture
def wave(borgo) -> Wave:
    """One person to be written to on paper."""
    late = today() - timedelta(days=10)
    debt = make_position(cents=5_000, rates=(), due_on=late, subject=make_subject())
    made = Wave.objects.create(
        kind="SOLLECITO", service=Service.objects.get(code="TARI"), channel="LETTERA", channels=["LETTERA"],
        template="generico", state="INVIATA", planned_on=today(), created_at=now(), author_id=1, author_name="prova",
    )  # fmt: skip
    WaveItem.objects.create(
        wave=made, subject=debt.subject, position_ids=[debt.pk], key="1", amount_cents=5_000, channel="LETTERA",
        address="Via Roma 1 00010 Borgo (RM)", state="DA_STAMPARE", updated_at=now(),
    )  # fmt: skip
    return made


def test_from_the_list_to_the_printer(enter, wave, settings, tmp_path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    elena = enter("elena@example.org")
    assert "Nessun lotto" in text_of(elena.get("/ufficio/lettere/"))
    refused = elena.post(f"/ufficio/lettere/stampa/{wave.uuid}/", {"prodotto": "PICCIONE"}, follow=True)  # fmt: skip
    assert "Scegliere se posta ordinaria o raccomandata." in text_of(refused)
    page = elena.post(f"/ufficio/lettere/stampa/{wave.uuid}/", {"prodotto": "ORDINARIA"})["Location"]  # fmt: skip
    assert elena.get(f"{page}file/").status_code == 404
    make_print_batch(batch_id=PrintBatch.objects.get().pk)
    shown = text_of(elena.get(page))
    assert "Lettere: 1. Pagine: 1." in shown
    assert "Rossi Mario" in shown
    saved = elena.get(f"{page}file/")
    assert saved["Content-Disposition"].startswith("attachment")
    assert b"".join(saved.streaming_content).startswith(b"PK")
    assert "risulta consegnato" in text_of(elena.post(f"{page}consegnato/", follow=True))
    assert "già stato consegnato" in text_of(elena.post(f"{page}annulla/", follow=True))
    assert "Inviato" in str(WaveItem.objects.get().get_state_display())


def test_who_only_reads_prints_nothing(enter, wave) -> None:
    reader = enter("bruno@example.org")
    assert "stampa/" not in text_of(reader.get("/ufficio/lettere/"))
    answer = reader.post(f"/ufficio/lettere/stampa/{wave.uuid}/", {"prodotto": "ORDINARIA"})
    assert answer.status_code == 403
    assert not PrintBatch.objects.exists()
