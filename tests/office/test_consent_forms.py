"""A file of signed forms: preview, partial acceptance, refusals with row and column, taken twice is taken once."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import schema_context

from billing.selectors.channels import digital_subjects
from paybox.kernel.clock import move_clock_to
from paybox.kernel.models import OutboxEntry
from registry.models import Consent, Subject
from registry.rules.consent import CURRENT_TEXT
from registry.services.consents import withdraw_consent
from tenants.models import Membership
from tests.build import AT, make_position, make_subject

HEAD = "Codice fiscale;email;cellulare;data firma;testo;nota\r\n"
GOOD = "RSSMRA80A01H501U;mario@posta.example;333 111 2223;01/03/2026;2026-01;\r\n"
BAD = (
    "VRDBNC80A41H501X;bianca@posta.example;;01/03/2026;;sconosciuta\r\n"
    "RSSMRA80A01H501U;altra@posta.example;;01/03/2026;;doppia\r\n"
    "BNCLCU80A01H501Q;;;01/03/2026;;niente\r\n"
    "BNCLCU80A01H501Q;luca@posta;;01/03/2026;;\r\n"
    "BNCLCU80A01H501Q;luca@posta.example;;31/02/2026;;\r\n"
    "BNCLCU80A01H501Q;luca@posta.example;;01/03/2999;;\r\n"
    "BNCLCU80A01H501Q;luca@posta.example;;01/03/2026;1999;\r\n"
)


def test_who_works_on_some_services_writes_for_their_people_only(
    enter: Any, mario: Subject
) -> None:
    """As at the desk: of the others she is not even told that the Ente knows them."""
    with schema_context("public"):
        Membership.objects.filter(user__email="elena@example.org").update(services=["DIRITTI"])
    elena = enter("elena@example.org")
    url = send(elena, HEAD + GOOD)["Location"]
    make_position(subject=mario)
    elena.post(url)
    assert not Consent.objects.exists()
    listed = b"".join(elena.get(f"{url}scarti.csv")).decode("utf-8-sig")
    assert "nessun contribuente" in listed
    make_position(subject=mario, service="DIRITTI")
    elena.post(url)
    assert Consent.objects.count() == 2


@pytest.fixture
def mario(borgo: Any) -> Subject:
    move_clock_to(AT.date())
    return make_subject(email="", mobile="")


def send(client: Any, text: str, name: str = "moduli.csv") -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return client.post("/ufficio/senza-carta/moduli/", {"file": file})


def test_the_good_rows_are_taken_once_and_the_others_explained(
    ada_browses: Any, enter: Any, mario: Subject
) -> None:
    url = send(ada_browses, HEAD + GOOD + BAD)["Location"]
    page = ada_browses.get(url).content.decode()
    assert not Consent.objects.exists()
    assert "Registra i consensi (1)" in page
    listed = b"".join(ada_browses.get(f"{url}scarti.csv")).decode("utf-8-sig").split("\r\n")
    assert b"".join(ada_browses.get(f"{url}scarti.xlsx")).startswith(b"PK")
    places = [tuple(line.split(";")[:2]) for line in listed[1:-1]]
    assert places == [
        ("3", "codice_fiscale"), ("4", "codice_fiscale"), ("5", "email"), ("6", "email"), ("7", "data_firma"),
        ("8", "data_firma"), ("9", "testo"),
    ]  # fmt: skip
    for _ in range(2):
        assert ada_browses.post(url).status_code == 302
    acts = Consent.objects.order_by("kind").values_list("kind", "value", "source", "actor_name")
    assert list(acts) == [
        ("EMAIL", "mario@posta.example", "MODULO_CARTACEO", "Ada Bianchi"),
        ("MOBILE", "+393331112223", "MODULO_CARTACEO", "Ada Bianchi"),
    ]
    assert digital_subjects([mario.pk]) == {mario.pk}
    assert OutboxEntry.objects.filter(task="dunning.ask_contact").count() == 1
    assert "Non c'è nulla da registrare" in ada_browses.get(url).content.decode()
    assert enter("gina@example.org").get(url).status_code == 403
    with schema_context("valle"):
        assert not Consent.objects.exists()


def test_a_withdrawal_after_the_signature_wins(ada_browses: Any, mario: Subject, ada: Any) -> None:
    url = send(ada_browses, HEAD + GOOD)["Location"]
    ada_browses.post(url)
    withdraw_consent(
        subject_id=mario.pk, source="PORTALE", text_version=CURRENT_TEXT, actor=ada, at=AT
    )
    late = send(ada_browses, HEAD + GOOD.replace("mario@", "mario.due@"))["Location"]
    assert "tornato alla carta il 02/03/2026" in ada_browses.get(late).content.decode()
    ada_browses.post(late)
    assert digital_subjects([mario.pk]) == set()


def test_a_spreadsheet_is_read_alike(ada_browses: Any, mario: Subject) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, text in enumerate((HEAD, GOOD)):
            sheet.write_row(line, 0, text.strip("\r\n").split(";"))
    file = SimpleUploadedFile("moduli.xlsx", out.getvalue())
    url = ada_browses.post("/ufficio/senza-carta/moduli/", {"file": file})["Location"]
    assert "Registra i consensi (1)" in ada_browses.get(url).content.decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "vuoto"),
        ("nome;cognome\r\nMario;Rossi\r\n", "codice_fiscale, data_firma"),
        (
            "codice_fiscale;email\r\nRSSMRA80A01H501U;a@b.example\r\n",
            "mancano le colonne: data_firma",
        ),
    ],
)
def test_a_file_that_is_none_is_refused_whole(
    ada_browses: Any, borgo: Any, text: str, words: str
) -> None:
    answer = send(ada_browses, text)
    assert answer.status_code == 422
    assert words in answer.content.decode()
