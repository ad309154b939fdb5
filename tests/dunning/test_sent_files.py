"""What left is kept byte for byte: the office saves it, whoever has it recalculates it, nobody alters it unseen."""

import base64
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.inbound.night import tidy
from dunning.models import Attempt, SentDocument, SentFile
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.services.channel_access import AccessDraft, write_access
from dunning.services.planning import plan_notices, plan_reminders, plan_step
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from tests.build import AT, make_position
from tests.dunning.acting import TURN, at_turn, authorise, posted, procedure, started
from tests.dunning.conftest import drain, go, loaded
from tests.platforms import IO_KEY, SEND_KEY
from tests.standins import Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
YEARS_LATER = datetime(2028, 12, 2, 9, tzinfo=UTC)
ADA, BRUNO, DARIO = "ada@example.org", "bruno@example.org", "dario@example.org"


@pytest.fixture
def noticed(borgo, ada, elena, person) -> Attempt:
    """A notice sent by e-mail with its PDF."""
    position = make_position(subject=person(email="lia.bianchi@posta.example"))
    go(plan_notices(load_id=loaded(position).pk, actor=ada, at=now(), today=today()), elena)
    return Attempt.objects.get()


@pytest.fixture
def reminded(borgo, ada, elena, person) -> Callable[[], Attempt]:
    """A reminder sent by e-mail."""

    def send() -> Attempt:
        make_position(subject=person())
        key = Service.objects.get(code="TARI").pk
        wave = plan_reminders(
            service_id=key, channel="EMAIL", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        go(wave, elena)
        return Attempt.objects.get(item__wave=wave)

    return send


def mail_to(sink: Sink, address: str) -> EmailMessage:
    (one,) = sink.to(address)
    raw = sink.get(f"/messages/{one['id']}.eml").content
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def get(client: Any, address: str, **given: Any) -> Any:
    """The answer; this process is back in Borgo's schema."""
    answer = client.get(address, **given)
    connection.set_schema("borgo")
    return answer


def page_of(attempt: Attempt) -> str:
    return f"/ufficio/invii/{attempt.item.wave.uuid}/destinatari/{attempt.item.pk}/"


def address_of(attempt: Attempt, place: int) -> str:
    return f"/ufficio/invii/{attempt.item.wave.uuid}/messaggi/{attempt.pk}/{place}/"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_the_recipient_got_is_what_the_office_saves(noticed, sink, visit, borgo) -> None:
    mail = mail_to(sink, "lia.bianchi@posta.example")
    rich = mail.get_body(("html",))
    (pdf,) = mail.iter_attachments()
    assert rich is not None
    on_the_wire = rich.get_content().replace("\r\n", "\n")  # mail ends its lines so
    office = visit(ADA)
    saved = {place: get(office, address_of(noticed, place)) for place in (0, 1, 2)}
    assert saved[0].content == noticed.body.encode()
    assert saved[1].content.decode().strip() == on_the_wire.strip()
    assert saved[2].content == pdf.get_content()
    kept = {one.place: one.sha256 for one in SentFile.objects.filter(attempt=noticed)}
    assert kept == {place: digest(saved[place].content) for place in (1, 2)}
    assert kept[2] == noticed.attachment_sha256
    for answer in saved.values():  # a page of ours never runs what was sent
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
    page = get(office, page_of(noticed)).content.decode()
    assert "messaggio.html" in page
    assert page.count("Corrisponde") == 3
    assert list(ledger_problems()) == []


def test_who_only_reads_and_who_is_elsewhere(noticed, visit) -> None:
    where = address_of(noticed, 1)
    assert get(visit(BRUNO), where).status_code == 403
    seen = get(visit(BRUNO), page_of(noticed)).content.decode()
    assert "messaggio.html" in seen
    assert where not in seen
    assert get(visit(DARIO, host="valle.localhost"), where).status_code == 404
    assert get(visit(ADA), address_of(noticed, 7)).status_code == 404
    with schema_context("valle"):
        assert (SentFile.objects.count(), SentDocument.objects.count()) == (0, 0)


@pytest.mark.parametrize("harm", ["other", "rubbish", "shorter"])
def test_altered_bytes_are_said_and_not_given(reminded, visit, harm) -> None:
    attempt = reminded()
    file = SentFile.objects.get(attempt=attempt)
    packed = {
        "other": zlib.compress(b"<p>altro</p>"),
        "rubbish": b"non \xc3\xa8 zlib",
        "shorter": zlib.compress(zlib.decompress(bytes(file.packed or b""))[:-1]),
    }
    SentFile.objects.filter(pk=file.pk).update(packed=packed[harm])
    office = visit(ADA)
    answer = get(office, address_of(attempt, 1), follow=True)
    assert answer.redirect_chain == [(page_of(attempt), 302)]
    said = answer.content.decode()
    assert "non dà più l" in said
    assert address_of(attempt, 1) not in said
    assert address_of(attempt, 0) in said
    piece = evidence_of(attempt, office)[0]["e-mail-versione"]
    assert (piece["file"], piece["impronta_confermata"]) == (None, False)
    assert piece["sha256"] == file.sha256


def test_lost_bytes_are_said(noticed, visit) -> None:
    SentDocument.objects.all().delete()
    said = get(visit(ADA), page_of(noticed)).content.decode()
    assert '<details class="mt-3" open>' in said
    assert "non doveva essere eliminato" in said
    assert address_of(noticed, 2) not in said


def test_an_altered_text_is_said(reminded, visit) -> None:
    attempt = reminded()
    Attempt.objects.filter(pk=attempt.pk).update(body="Non deve nulla.")
    said = get(visit(ADA), address_of(attempt, 0), follow=True).content.decode()
    assert "non dà più l" in said


def test_only_the_bytes_can_be_touched(noticed) -> None:
    document = SentDocument.objects.get()
    for change in (
        lambda: SentFile.objects.update(sha256="0" * 64),
        lambda: SentFile.objects.update(size=0),
        lambda: SentDocument.objects.filter(pk=document.pk).update(packed=b""),
        lambda: SentFile.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()


def test_one_document_for_all_who_got_it(noticed) -> None:
    """The same PDF again is not written again."""
    from dunning.channels.protocol import Attachment, Message
    from dunning.services.keeping import keep_leaving

    pdf = Attachment(
        "avviso.pdf", zlib.decompress(SentDocument.objects.get().packed), "application/pdf"
    )
    again = Message(noticed.uuid, "a@b.example", "", "", "", (pdf, pdf), "c@d.example", "")
    other = Attempt.objects.create(item=noticed.item, try_number=2, channel="EMAIL", created_at=AT)
    keep_leaving([(other.pk, "EMAIL", again)])
    assert SentDocument.objects.count() == 1
    assert SentFile.objects.filter(sha256=noticed.attachment_sha256).count() == 3


def test_forgotten_with_the_words_and_not_before(reminded, visit) -> None:
    attempt = reminded()
    file = SentFile.objects.get()
    tidy(at=now())
    assert SentFile.objects.get().packed == file.packed
    tidy(at=YEARS_LATER)
    after = SentFile.objects.get()
    assert (after.packed, after.sha256, after.size) == (None, file.sha256, file.size)
    assert Attempt.objects.get().body == ""
    office = visit(ADA)
    page = get(office, page_of(attempt)).content.decode()
    assert "era una comunicazione di cortesia" in page
    assert "non doveva" not in page
    piece = evidence_of(attempt, office)[0]["e-mail-versione"]
    assert (piece["file"], piece["sha256"], piece["impronta_confermata"]) == (
        None, file.sha256, None,
    )  # fmt: skip


def test_of_a_notice_nothing_is_forgotten(noticed, visit) -> None:
    tidy(at=YEARS_LATER)
    manifest, inside = evidence_of(noticed, visit(ADA))
    assert set(manifest) == {"e-mail-testo", "e-mail-versione", "e-mail-avviso"}
    for piece in manifest.values():
        assert piece["impronta_confermata"] is True
        assert digest(inside[piece["file"]]) == piece["sha256"]
    assert manifest["e-mail-testo"]["sha256"] == noticed.body_sha256
    assert manifest["e-mail-avviso"]["sha256"] == noticed.attachment_sha256


def test_a_courtesy_does_not_take_a_shared_document_away(noticed, reminded) -> None:
    """If one day a reminder carries what a notice carried, the notice keeps it."""
    attempt = reminded()
    document = SentDocument.objects.get()
    SentFile.objects.create(
        attempt=attempt, place=2, filename="a.pdf", mime="application/pdf", sha256=document.sha256, size=1
    )  # fmt: skip
    tidy(at=YEARS_LATER)
    assert SentDocument.objects.get() == document


@pytest.fixture
def stepped(borgo, ada, elena, person, app_io, send, monkeypatch) -> Callable[..., Attempt]:
    """A step of the procedure on one platform, for one person."""
    for name, url in (("io_url", app_io.api), ("send_url", send.url)):
        monkeypatch.setattr(settings.ENVIRONMENT, name, url)
    for channel, key in (("IO", IO_KEY), ("SEND", SEND_KEY)):
        write_access(draft=AccessDraft(channel, None, key, True), actor=ada, at=AT)
    authorise(Act.DEMAND, Form.LETTER)

    def take(step: StepDraft, code: str) -> Attempt:
        at_turn(person(codice_fiscale=code))
        procedure(step)
        move_clock_to(TURN)
        key = Service.objects.get(code="TARI").pk
        wave = plan_step(service_id=key, number=1, actor=ada, at=now(), today=today())
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        drain()
        return Attempt.objects.get(item__wave=wave)

    return take


def test_of_app_io_the_very_request(stepped, app_io, visit) -> None:
    step = StepDraft("CORTESIA", "SCADENZA", 10, ("IO",), needs_approval=True)
    attempt = stepped(step, "PRSPRV84A01H501X")
    (kept,) = app_io.to("PRSPRV84A01H501X")
    saved = get(visit(ADA), address_of(attempt, 1))
    said = json.loads(saved.content)
    assert said == {name: kept[name] for name in said}
    assert digest(saved.content) == SentFile.objects.get().sha256
    tidy(at=YEARS_LATER)
    assert SentFile.objects.get().packed is None


def test_of_send_the_act_the_notice_and_the_request(stepped, send, visit) -> None:
    step = StepDraft("FORMALE", "SCADENZA", 60, ("SEND",), needs_approval=True)
    attempt = stepped(step, "PRSPRV84A01H502X")
    (kept,) = send.to("PRSPRV84A01H502X")
    files = {one.filename: one for one in SentFile.objects.filter(attempt=attempt)}
    notice = next(name for name in files if name.startswith("avviso-"))
    assert set(files) == {"atto.pdf", notice, "richiesta.json"}
    office = visit(ADA)
    saved = {
        name: get(office, address_of(attempt, one.place)).content for name, one in files.items()
    }
    assert json.loads(saved["richiesta.json"]) == kept["said"]
    act, form = kept["said"]["documents"][0], kept["said"]["recipients"][0]["payments"][0]["pagoPa"]
    asked = [act["digests"]["sha256"], form["attachment"]["digests"]["sha256"]]
    assert [base64.b64decode(one).hex() for one in asked] == [digest(saved[name]) for name in ("atto.pdf", notice)]  # fmt: skip
    tidy(at=YEARS_LATER)
    pieces, _ = evidence_of(attempt, office)
    assert all(piece["impronta_confermata"] for piece in pieces.values())


def test_of_a_letter_which_pages_of_which_file(borgo, ada, elena, person, visit) -> None:
    at_turn(person())
    procedure(StepDraft("CORTESIA", "SCADENZA", 10, ("LETTERA",), needs_approval=True))
    move_clock_to(TURN)
    key = Service.objects.get(code="TARI").pk
    wave = plan_step(service_id=key, number=1, actor=ada, at=now(), today=today())
    batch = posted(started(wave), borgo)
    attempt = Attempt.objects.get(item__wave=wave)
    page = get(visit(ADA), page_of(attempt)).content.decode()
    assert "lettere-0001.pdf, pagina 1 (archivio per la stampa)" in page
    assert batch.sha256 in page
    pieces, _ = evidence_of(attempt, visit(ADA))
    assert any("lettere-0001.pdf, pagina 1" in piece["che_cosa"] for piece in pieces.values())


def evidence_of(
    attempt: Attempt, office: Any
) -> tuple[dict[str, dict[str, Any]], dict[str, bytes]]:
    """The pieces by kind, and the files, of the fascicolo of its first credit."""
    position = Position.objects.get(pk=attempt.item.position_ids[0])
    answer = get(office, f"/ufficio/posizioni/{position.uuid}/fascicolo.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        inside = {name: pack.read(name) for name in pack.namelist()}
    pieces = json.loads(inside["manifesto.json"])["pezzi"]
    return {_kind(piece["che_cosa"]): piece for piece in pieces}, inside


def _kind(what: str) -> str:
    channel, _, piece = what.lower().partition(": ")
    return f"{channel}-{piece.partition(' ')[0].partition('-')[0]}"
