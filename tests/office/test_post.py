"""Letters on the office's pages: asked for, saved, handed over; nobody sees what is not hers."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import Service
from dunning.models import AddressTask, PrintBatch, Wave, WaveItem
from dunning.tasks import make_print_batch
from paybox.kernel.clock import now, today
from tests.build import make_position, make_subject
from tests.pages import text_of


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


def test_outcomes_are_read_and_bad_rows_named(enter, wave) -> None:
    elena = enter("elena@example.org")
    page = "/ufficio/lettere/esiti/"
    assert "RECRN005C" in text_of(elena.get(page))
    head = "id_invio;numero_raccomandata;esito;data_esito"
    good = SimpleUploadedFile("esiti.csv", f"{head}\n12;;CONSEGNATA;02/03/2026".encode())
    answer = text_of(elena.post(page, {"provider": "PAROLE", "file": good}))
    assert "Esiti registrati: 0. Già noti: 0." in answer
    assert "la lettera «12» non è di questo Ente" in answer
    wrong = SimpleUploadedFile("esiti.csv", b"a;b\n1;2")
    refused = elena.post(page, {"provider": "PAROLE", "file": wrong})
    assert refused.status_code == 422
    assert "Colonne obbligatorie: id_invio, esito, data_esito" in text_of(refused)
    assert enter("bruno@example.org").get(page).status_code == 403


def test_an_address_put_right_from_its_page(enter, wave) -> None:
    item = WaveItem.objects.get()
    task = AddressTask.objects.create(
        item=item, source="RITORNO", cause="Destinatario irreperibile", address=item.address, opened_at=now()
    )  # fmt: skip
    elena = enter("elena@example.org")
    assert "Destinatario irreperibile" in text_of(elena.get("/ufficio/lettere/indirizzi/"))
    page = f"/ufficio/lettere/indirizzi/{task.pk}/"
    given = {"street": "Via Nuova", "civic": "7", "cap": "1", "city": "Tivoli", "province": "rm"}
    assert "Il CAP deve avere 5 cifre" in text_of(elena.post(page, given))
    done = text_of(elena.post(page, {**given, "cap": "00011"}, follow=True))
    assert "entra nel prossimo lotto" in done
    assert "Nessun indirizzo da correggere" in done
    assert WaveItem.objects.get().address == "Via Nuova 7 00011 Tivoli (RM)"


def test_a_card_without_its_letter_is_refused(enter, wave) -> None:
    elena = enter("elena@example.org")
    page = "/ufficio/lettere/cartoline/"
    assert "Nessuna cartolina manca" in text_of(elena.get(page))
    scan = SimpleUploadedFile("c.pdf", b"%PDF-1.7\n%%EOF")
    given = {"number": "12", "outcome": "CONSEGNATA", "on": "2026-03-02", "scan": scan}
    answer = elena.post(page, given)
    assert answer.status_code == 422
    assert "Nessuna raccomandata ha il numero «12»" in text_of(answer)
    assert elena.get(f"{page}1/file/").status_code == 404
