"""The office's pages on certified mail: who sees what, what is only ever downloaded, how a reply is closed."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.channels.pec_mailbox import Fetched
from dunning.channels.pec_signature import read_bundle
from dunning.channels.protocol import Message
from dunning.channels.standins.pec_certifier import Certifier
from dunning.channels.standins.pec_provider import Provider
from dunning.channels.standins.pec_store import Letterboxes
from dunning.models import Attempt, Hold, PecConcern, PecMessage, Wave, WaveItem
from dunning.services.pec_intake import take_pec
from dunning.services.pec_register import keep_sent, mailbox_of
from paybox.kernel.clock import now
from registry.models import Subject
from tenants.models import Membership
from tests.build import AT, make_position
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
BOX = "tributi@pec.example"
HARM = "<script>alert(1)</script>"


@pytest.fixture
def certifier(tmp_path: Path) -> Certifier:
    return Certifier(tmp_path, domain="pec.example")


@pytest.fixture
def provider(certifier: Certifier, tmp_path: Path) -> Provider:
    return Provider(Letterboxes(tmp_path), certifier, delay_seconds=0, clock=now)


@pytest.fixture
def attempt(person: Callable[..., Subject]) -> Attempt:
    """A message on its way to somebody, written in the register."""
    position = make_position(subject=person())
    wave = Wave.objects.create(
        kind="SOLLECITO", service=Service.objects.get(code="TARI"), channel="PEC", template="tari",
        planned_on=date(2026, 7, 1), created_at=AT, author_id=1, author_name="Ada Bianchi",
    )  # fmt: skip
    item = WaveItem.objects.create(
        wave=wave, subject=position.subject, position_ids=[position.pk], key="k", amount_cents=12_000,
        address="mario@pec.example", state="INVIATO", updated_at=AT,
    )  # fmt: skip
    made = Attempt.objects.create(
        item=item, channel="PEC", address="mario@pec.example", state="ACCETTATO", created_at=AT
    )
    message = Message(made.uuid, made.address, "Sollecito TARI", "Gentile Mario", "", (), BOX, "")
    keep_sent(
        address=BOX, message=message, raw=b"Subject: Sollecito TARI\r\n\r\nGentile Mario\r\n", at=AT
    )
    return made


@pytest.fixture
def arrive(certifier: Certifier) -> Callable[[bytes], PecMessage]:
    """Put a message through the intake."""

    def take(raw: bytes) -> PecMessage:
        box = mailbox_of(BOX)
        fetched = Fetched(1, box.last_uid + 1, raw)
        message = take_pec(
            mailbox_id=box.pk, fetched=fetched, bundle=read_bundle(certifier.authority), at=now()
        )
        assert message is not None
        return message

    return take


@pytest.fixture
def delivered(
    attempt: Attempt, provider: Provider, arrive: Callable[[bytes], PecMessage]
) -> PecMessage:
    for kind in ("accettazione", "avvenuta-consegna"):
        last = arrive(
            provider.receipt(
                kind,
                message_id=f"<{attempt.uuid}@pec.example>",
                sender=BOX,
                recipient=attempt.address,
            )
        )
    return last


@pytest.fixture
def reply(
    attempt: Attempt, provider: Provider, arrive: Callable[[bytes], PecMessage]
) -> PecMessage:
    about = f"<{attempt.uuid}@pec.example>"
    return arrive(
        provider.letter(account=BOX, sender=attempt.address, text=f"Ho pagato {HARM}", about=about)
    )


def test_the_trail_tells_both_instants_and_the_timeline_of_receipts(visit, delivered) -> None:
    page = text_of(visit("bruno@example.org").get(f"/ufficio/pec/messaggi/{delivered.uuid}/"))
    told = [page.index(words) for words in ("Messaggio inviato", "Accettazione", "Firma valida")]
    assert told == sorted(told)
    assert "non risulta" not in page
    assert "Scarica" not in page  # who may only read downloads nothing


def test_what_they_wrote_is_shown_as_text_and_never_runs(visit, reply) -> None:
    ada: Client = visit("ada@example.org")
    for address in ("/ufficio/pec/", f"/ufficio/pec/messaggi/{reply.uuid}/"):
        page = text_of(ada.get(address))
        assert "&lt;script&gt;alert(1)" in page
        assert HARM not in page


def test_originals_are_saved_byte_for_byte_and_only_by_who_sends(visit, delivered, attempt) -> None:
    address = f"/ufficio/pec/messaggi/{delivered.uuid}/originale.eml"
    saved = visit("elena@example.org").get(address)
    assert hashlib.sha256(saved.content).hexdigest() == delivered.sha256
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert visit("bruno@example.org").get(address).status_code == 403


def test_the_file_of_proofs_proves_itself(visit, delivered) -> None:
    answer = visit("elena@example.org").get(f"/ufficio/pec/messaggi/{delivered.uuid}/prove.zip")
    pack = zipfile.ZipFile(io.BytesIO(answer.content))
    index = json.loads(pack.read("indice.json"))
    assert [one["file"] for one in index] == [
        "01-inviato.eml", "02-accettazione.eml", "03-avvenuta-consegna.eml",
    ]  # fmt: skip
    for one in index:
        assert hashlib.sha256(pack.read(one["file"])).hexdigest() == one["sha256"]
    assert [one["firma"] for one in index] == [None, "Firma valida", "Firma valida"]


def test_a_reply_is_closed_with_a_reason_and_reminders_start_again(visit, reply) -> None:
    concern, ada = PecConcern.objects.get(), visit("ada@example.org")
    here = f"/ufficio/pec/segnalazioni/{concern.pk}/chiudi/"
    assert "Che cosa si è fatto" in text_of(ada.get("/ufficio/pec/"))
    refused = ada.post(here, {"reason": "", "resume": "on"}, follow=True)
    assert "Scrivere che cosa si è fatto" in text_of(refused)
    assert held() == 1
    assert visit("bruno@example.org").post(here, {"reason": "io"}).status_code == 403
    ada.post(here, {"reason": "aveva pagato altro", "resume": "on"})
    assert held() == 0
    page = text_of(ada.get("/ufficio/pec/?stato=chiuse"))
    assert "aveva pagato altro" in page
    assert "Ada Bianchi" in page


def test_the_board_counts_what_waits(visit, reply) -> None:
    assert "messaggio PEC da guardare" in text_of(visit("ada@example.org").get("/ufficio/"))


def test_the_list_finds_by_name_and_address(visit, delivered, reply) -> None:
    ada = visit("ada@example.org")
    name = reply.subject.name
    assert name in text_of(ada.get("/ufficio/pec/messaggi/", {"q": "mario@pec"}))
    assert "Nessun messaggio" in text_of(ada.get("/ufficio/pec/messaggi/", {"q": "nessuno"}))
    assert "Accettazione" not in _rows(
        text_of(ada.get("/ufficio/pec/messaggi/", {"tipo": "POSTA_CERTIFICATA"}))
    )


def test_who_works_on_other_services_sees_nothing_of_it(visit, reply, elena) -> None:
    concern = PecConcern.objects.get()
    with schema_context("public"):
        theirs = Membership.objects.filter(
            user__email="elena@example.org", ente__schema_name="borgo"
        )
        theirs.update(services=["MENSA"])
    client = visit("elena@example.org")
    assert client.get(f"/ufficio/pec/messaggi/{reply.uuid}/").status_code == 404
    assert "Nessun messaggio PEC da guardare" in text_of(client.get("/ufficio/pec/"))
    assert (
        client.post(f"/ufficio/pec/segnalazioni/{concern.pk}/chiudi/", {"reason": "x"}).status_code
        == 404
    )


def held() -> int:
    """Pauses in force; the client of a test leaves the schema when it answers."""
    with schema_context("borgo"):
        return Hold.objects.filter(lifted_at=None).count()


def _rows(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]
