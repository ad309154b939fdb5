"""Invitations to notices without paper on the office's pages, and at the citizen's door: from the choice to the acceptance."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.channels import digital_subjects
from billing.selectors.ledger import ledger_problems
from dunning.models import Wave
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from paybox.kernel.schema import enter_ente
from registry.models import ContactCheck, Invitation, Subject
from tests.build import make_position, make_subject
from tests.dunning.conftest import drain
from tests.pages import text_of

pytestmark = [pytest.mark.usefixtures("own_files")]
Enter = Callable[[str], Client]
NEW = "/ufficio/senza-carta/inviti/nuovi/"


@pytest.fixture
def people(borgo: Any) -> list[Subject]:
    """One on paper, one who is reached by e-mail."""
    told = (
        ("VRDBNC80A41H501X", "Verdi Bianca", ""),
        ("NREBRN80A01H501C", "Neri Bruno", "bruno@posta.example"),
    )
    made = [make_subject(codice_fiscale=c, name=n, email=e, mobile="") for c, n, e in told]
    for one in made:
        make_position(subject=one)
    return made


def asked(**changes: str) -> dict[str, str]:
    tari = str(Service.objects.get(code="TARI").pk)
    return {"service": tari, "whom": "tipo", "channel": "LETTERA", "quiet_days": "180"} | changes


def ring(*tasks: str) -> None:
    for entry in OutboxEntry.objects.filter(task__in=tasks, done_at=None):
        answer_bell(schema="borgo", entry_id=entry.pk)


def test_from_the_choice_to_the_acceptance(enter: Enter, people: list[Subject], borgo: Any) -> None:
    ada, elena = enter("ada@example.org"), enter("elena@example.org")
    assert "Nessun invito" in text_of(ada.get("/ufficio/senza-carta/inviti/"))
    made = ada.post(NEW, asked())
    wave = Wave.objects.get()
    assert made.url == f"/ufficio/invii/{wave.uuid}/"
    page = text_of(ada.get(made.url))
    for words in (
        "Pagine da stampare",
        "La persona riceve già gli avvisi senza carta.",
        "una persona diversa",
    ):
        assert words in page
    assert "Importo richiesto" not in page
    assert not Invitation.objects.exists()

    elena.post(f"{made.url}approva/", {"impronta": wave.snapshot_sha256})
    elena.post(f"{made.url}avvia/")
    drain()
    assert "Stampa le lettere" in text_of(elena.get(made.url))
    batch = elena.post(f"/ufficio/lettere/stampa/{wave.uuid}/", {"prodotto": "ORDINARIA"}).url
    ring("dunning.make_print_batch")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(elena.get(f"{batch}file/"))))  # type: ignore[arg-type]  # a stream
    document = pypdfium2.PdfDocument(archive.read("lettere-0001.pdf"))
    (code,) = re.findall(
        r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", document[0].get_textpage().get_text_bounded()
    )[:1]
    elena.post(f"{batch}consegnato/")

    citizen = Client(headers={"host": "borgo.localhost"})
    told = {"code": code, "codice_fiscale": people[0].codice_fiscale}
    assert citizen.post("/zero-carta/", told).status_code == 302
    citizen.post("/zero-carta/scelta/", {"email": "bianca@posta.example", "consent": "on"})
    enter_ente(borgo)
    check = ContactCheck.objects.get()
    from dunning.inbound.consents import confirm_url

    citizen.post("/" + confirm_url(borgo, check.uuid).split("/", 3)[3])
    enter_ente(borgo)
    assert digital_subjects([people[0].pk]) == {people[0].pk}
    figures = text_of(ada.get("/ufficio/senza-carta/"))
    assert re.search(
        r"Hanno accettato gli avvisi senza carta</th><td class=\"num\">1</td><td class=\"num\">100<",
        figures,
    )
    assert "1,10 €" in figures
    assert re.search(r'data-label="Adesioni">1<', text_of(ada.get("/ufficio/senza-carta/inviti/")))
    hers = text_of(ada.get(f"/ufficio/contribuenti/{people[0].uuid}/"))
    assert "Inviti agli avvisi senza carta" in hers
    with schema_context("valle"):
        assert not Wave.objects.exists()
        assert not Invitation.objects.exists()
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channel": "EMAIL"}, "va dichiarato"),
        ({"whom": "caricamento"}, "Scegliere il caricamento."),
        ({"quiet_days": "0"}, "Il valore minimo è 1"),
        ({"service": ""}, "Scegliere il tipo di dovuto."),
    ],
)
def test_what_is_wrong_is_said(
    enter: Enter, people: list[Subject], change: dict[str, str], words: str
) -> None:
    answer = enter("ada@example.org").post(NEW, asked(**change))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Wave.objects.exists()


def test_a_reader_looks_and_may_not_invite(enter: Enter, people: list[Subject]) -> None:
    bruno = enter("bruno@example.org")
    assert bruno.get("/ufficio/senza-carta/inviti/").status_code == 200
    assert bruno.post(NEW, asked()).status_code == 403
    assert not Wave.objects.exists()
