"""Bulk letters on the office's pages: a row nobody can read is shown, understood and gone; who only reads is kept out."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dunning.models import UnreadOutcome
from tests.pages import text_of

PAGES = ("esiti/da-interpretare/", "costi/", "scansioni/")


def upload(client: Any, page: str, name: str, content: bytes, **given: str) -> str:
    file = SimpleUploadedFile(name, content)
    return text_of(client.post(f"/ufficio/lettere/{page}", {"file": file, **given}))


@pytest.mark.django_db
def test_from_an_unknown_code_to_its_meaning(enter, borgo) -> None:
    elena = enter("elena@example.org")
    assert "Nessun esito da interpretare" in text_of(
        elena.get("/ufficio/lettere/esiti/da-interpretare/")
    )
    rows = b"IdInvio;CodiceEsito;DataEsito\n77;RECRN077;2026-08-20\n"
    told = upload(elena, "esiti/", "esiti.csv", rows, provider="CODICI")
    assert "Righe con un esito che non si conosce: 1" in told
    listed = text_of(elena.get("/ufficio/lettere/esiti/da-interpretare/"))
    assert "RECRN077" in listed
    assert "lettera non trovata" in listed
    page = f"/ufficio/lettere/esiti/da-interpretare/{UnreadOutcome.objects.get().pk}/"
    assert "scrivere il motivo" in text_of(elena.post(page, {"outcome": ""}))
    assert "non è di questo Ente" in text_of(elena.post(page, {"outcome": "CONSEGNATA"}))
    done = elena.post(page, {"outcome": "", "note": "File di prova"}, follow=True)
    assert "Nessun esito da interpretare" in text_of(done)
    assert elena.get("/ufficio/lettere/esiti/da-interpretare/999999/").status_code == 404


@pytest.mark.django_db
def test_files_that_are_not_what_they_should_be(enter, borgo) -> None:
    elena = enter("elena@example.org")
    assert "non è un archivio ZIP" in upload(elena, "scansioni/", "a.zip", b"ciao")
    assert "serve una di queste colonne: id_invio" in upload(
        elena, "costi/", "a.csv", b"costo;b\n1;2\n"
    )
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("cartolina.png", b"x")
    told = upload(elena, "scansioni/", "a.zip", raw.getvalue())
    assert "Cartoline registrate: 0" in told
    assert "Né il nome del file né l'indice" in told.replace("&#x27;", "'")


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_who_only_reads_does_not_enter(enter, borgo, page: str) -> None:
    assert enter("bruno@example.org").get(f"/ufficio/lettere/{page}").status_code == 403
