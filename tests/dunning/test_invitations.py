"""Invitations to notices without paper in bulk: who, who not and why; letters with each one's own code; e-mails as courtesies."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.channels import digital_subjects
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, Hold, InvitationRound, Letter, PrintBatch, Suppression, Wave
from dunning.selectors.invitations import estimate_of, funnel_of
from dunning.services import post_printing
from dunning.services.inviting import InvitationDraft, plan_round
from dunning.services.post_batches import PostRefused, ask_batch, cancel_batch, mark_sent
from dunning.services.post_printing import make_batch
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.replanning import simulate_again
from dunning.services.suppressions import silence_address
from dunning.services.waves import approve_wave
from dunning.services.way import SendingWay
from paybox.kernel.actor import Actor
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import Job
from registry.models import Contact, ContactCheck, Invitation, Subject
from registry.services.consents import Given, confirm_check, record_consent, withdraw_consent
from registry.services.invitations import invite
from tenants.models import Ente
from tests.build import AT, make_position
from tests.dunning.conftest import go, loaded
from tests.standins import Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "own_files")]
PORTAL = "https://borgo.example/"
Person = Callable[..., Subject]


@pytest.fixture
def paper(person: Person) -> Person:
    """A debtor whose notices are printed."""

    def build(**changes: Any) -> Subject:
        one = person(**{"email": "", "mobile": "", **changes})
        make_position(subject=one)
        return one

    return build


@pytest.fixture
def planned(ada: Actor) -> Callable[..., Wave]:
    """A round for whoever owes TARI, by letter unless told otherwise."""

    def plan(channel: str = "LETTERA", **more: Any) -> Wave:
        draft = InvitationDraft(channel, given_by_people=channel == "EMAIL", **more)
        tari = Service.objects.get(code="TARI").pk
        return plan_round(service_id=tari, draft=draft, actor=ada, at=now(), today=today())

    return plan


def why(wave: Wave) -> dict[str, str]:
    """Name → reason, of all."""
    return dict(wave.items.values_list("subject__name", "reason"))


def printed(wave: Wave, ente: Ente, actor: Actor) -> PrintBatch:
    batch = ask_batch(wave_id=wave.pk, product="ORDINARIA", actor=actor, at=now())
    assert make_batch(batch_id=batch.pk, way=way_of(ente), at=now())
    return PrintBatch.objects.select_related("job").get(pk=batch.pk)


def way_of(ente: Ente) -> SendingWay:
    return SendingWay(ente=ente, sender="", portal_url=PORTAL)


def accept(subject: Subject, address: str, actor: Actor) -> None:
    """She writes her address on line and presses the link."""
    check = ContactCheck.objects.create(
        subject=subject, kind="EMAIL", value=address, source="PORTALE", text_version="2026-01", created_at=now(),
        expires_at=now() + timedelta(hours=1),
    )  # fmt: skip
    confirm_check(check_id=check.pk, actor=actor, at=now())


class TestWho:
    def test_by_letter_each_with_her_reason(self, paper: Person, planned: Any, ada: Actor) -> None:
        paper(name="Aldi Piera")
        paper(name="Bassi Remo", email="remo@posta.example")
        signed, back, dead, _quiet, known = (
            paper(name=name, mobile=f"+39333000000{n}")
            for n, name in enumerate(("Conti Lia", "Dini Ugo", "Elli Ada", "Fani Leo", "Gori Pia"))
        )
        paper(name="Ilari Zoe", cap="0001")
        paper(name="Loi Ines", codice_fiscale="")
        given = Given(
            signed.pk, "EMAIL", "lia@posta.example", "2026-01", "PORTALE", AT.date(), True
        )
        record_consent(given=given, actor=ada, at=AT)
        Contact.objects.filter(subject=signed, kind="EMAIL").update(quality="NON_RAGGIUNTO")
        withdraw_consent(
            subject_id=back.pk, source="PORTALE", text_version="2026-01", actor=ada, at=AT
        )
        Hold.objects.create(
            subject=dead,
            reason=Hold.Reason.DEATH,
            since=AT.date(),
            actor_name="prova",
            created_at=AT,
        )
        silence_address(channel="SMS", address="+393330000003", actor=ada, at=AT)
        invite(subject_id=known.pk, actor=ada, at=now() - timedelta(days=179))
        wave = planned()
        assert why(wave) == {
            "Aldi Piera": "",
            "Bassi Remo": "GIA_DIGITALE",
            "Conti Lia": "GIA_DIGITALE",
            "Dini Ugo": "TORNATO_ALLA_CARTA",
            "Elli Ada": "DECESSO",
            "Fani Leo": "DA_NON_DISTURBARE",
            "Gori Pia": "GIA_INVITATO",
            "Ilari Zoe": "INDIRIZZO",
            "Loi Ines": "SENZA_CODICE_FISCALE",
        }
        assert (wave.recipients, wave.excluded, wave.amount_cents) == (1, 8, 0)
        assert why(planned(quiet_days=179))["Gori Pia"] == ""

    def test_a_simulation_gives_nobody_a_code(self, paper: Person, planned: Any) -> None:
        paper()
        planned()
        assert not Invitation.objects.exists()
        assert not Attempt.objects.exists()

    def test_by_email_only_to_addresses_that_are_hers_and_unverified(
        self, paper: Person, planned: Any, ada: Actor
    ) -> None:
        paper(name="Aldi Piera", email="piera@posta.example")
        paper(name="Bassi Remo")
        verified = paper(name="Conti Lia", email="lia@posta.example")
        failing = paper(name="Dini Ugo", email="ugo@posta.example")
        bank = paper(name="Elli Ada", email="ada@posta.example")
        paper(name="Fani Leo", email="leo@posta.example")
        Contact.objects.filter(subject=verified).update(quality="VERIFICATO")
        Contact.objects.filter(subject=failing).update(quality="NON_RAGGIUNTO")
        Contact.objects.filter(subject=bank).update(source="tesoreria")
        silence_address(channel="EMAIL", address="leo@posta.example", actor=ada, at=AT)
        assert why(planned("EMAIL")) == {
            "Aldi Piera": "",
            "Bassi Remo": "SENZA_RECAPITO",
            "Conti Lia": "GIA_DIGITALE",
            "Dini Ugo": "SENZA_RECAPITO",
            "Elli Ada": "SENZA_RECAPITO",
            "Fani Leo": "DA_NON_DISTURBARE",
        }

    def test_of_a_load_of_a_kind_of_all(self, person: Person, planned: Any) -> None:
        def owes(service: str) -> Any:
            return make_position(subject=person(email="", mobile=""), service=service)

        here, _, other = owes("TARI"), owes("TARI"), owes("DIRITTI")
        load = loaded(here)
        assert planned(load_id=load.pk).recipients == 1
        assert planned().recipients == 2
        assert planned(everyone=True).recipients == 3
        assert other.subject.pk in planned(everyone=True).items.values_list("subject", flat=True)

    def test_beyond_the_most_they_wait(self, paper: Person, planned: Any) -> None:
        paper()
        paper()
        wave = planned(most=1)
        assert sorted(why(wave).values()) == ["", "TETTO"]

    def test_what_cannot_be_is_refused(self, paper: Person, planned: Any, ada: Actor) -> None:
        tari = Service.objects.get(code="TARI").pk
        wrong = (
            (InvitationDraft("EMAIL"), "va dichiarato"),
            (InvitationDraft("SMS"), "per posta o per e-mail"),
            (InvitationDraft("LETTERA", quiet_days=0), "da 1 in su"),
            (InvitationDraft("LETTERA", load_id=999_999), "non è di questo tipo"),
            (InvitationDraft("LETTERA", load_id=1, everyone=True), "oppure tutti"),
        )
        for draft, words in wrong:
            with pytest.raises(WaveRefused, match=words):
                plan_round(service_id=tari, draft=draft, actor=ada, at=now(), today=today())
        assert not InvitationRound.objects.exists()

    def test_another_person_approves_and_it_can_be_made_again(
        self, paper: Person, planned: Any, ada: Actor, elena: Actor
    ) -> None:
        paper()
        wave = planned()
        with pytest.raises(ApprovalRefused, match="persona diversa"):
            approve_wave(wave_id=wave.pk, actor=ada, at=now())
        paper()
        again = simulate_again(wave_id=wave.pk, actor=elena, at=now(), today=today())
        wave.refresh_from_db()
        assert (again.recipients, again.kind, wave.state) == (2, "INVITO", "ANNULLATA")


class TestByLetter:
    @pytest.fixture
    def people(self, paper: Person) -> list[Subject]:
        return [paper(name=name) for name in ("Aldi Piera", "Bassi Remo", "Conti Lia")]

    @pytest.fixture
    def wave(self, people: list[Subject], planned: Any, elena: Actor) -> Wave:
        made: Wave = planned()
        go(made, elena)
        return made

    def test_each_has_a_page_with_her_own_code(
        self, wave: Wave, people: list[Subject], borgo: Ente, ada: Actor, valle: Ente
    ) -> None:
        batch = printed(wave, borgo, ada)
        assert (batch.letters_count, batch.pages, batch.job.done) == (3, 3, 3)
        archive = zipfile.ZipFile(io.BytesIO(default_storage.open(batch.file).read()))
        rows = list(
            csv.DictReader(
                io.StringIO(archive.read("manifest.csv").decode("utf-8-sig")), delimiter=";"
            )
        )
        document = pypdfium2.PdfDocument(archive.read("lettere-0001.pdf"))
        assert [row["destinatario"] for row in rows] == [one.name for one in people]
        for row, one in zip(rows, people, strict=True):
            page = document[int(row["pagina_da"]) - 1]
            code = Invitation.objects.get(subject=one).code
            assert f"{code[:5]}-{code[5:]}" in page.get_textpage().get_text_bounded()
            (qr,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
            assert qr.text == f"{PORTAL}zero-carta/?codice={code}"
        with schema_context("valle"):
            assert not Invitation.objects.exists()
            assert not Letter.objects.exists()
        assert list(ledger_problems()) == []

    def test_killed_in_the_middle_it_goes_on_with_the_same_codes(
        self, wave: Wave, borgo: Ente, ada: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(post_printing, "PART", 1)
        batch = ask_batch(wave_id=wave.pk, product="ORDINARIA", actor=ada, at=now())
        keep = post_printing.keep_file

        def die(name: str, content: Any) -> None:
            keep(name, content)
            raise KeyboardInterrupt

        monkeypatch.setattr(post_printing, "keep_file", die)
        with pytest.raises(KeyboardInterrupt):
            make_batch(batch_id=batch.pk, way=way_of(borgo), at=now())
        codes = dict(Invitation.objects.values_list("subject", "code"))
        monkeypatch.setattr(post_printing, "keep_file", keep)
        assert make_batch(batch_id=batch.pk, way=way_of(borgo), at=now())
        assert dict(Invitation.objects.values_list("subject", "code")) == codes
        batch.refresh_from_db()
        first = default_storage.open(batch.file).read()
        Job.objects.filter(pk=batch.job_id).update(state=Job.State.WAITING, details={})
        assert make_batch(batch_id=batch.pk, way=way_of(borgo), at=now())
        batch.refresh_from_db()
        assert default_storage.open(batch.file).read() == first
        assert Letter.objects.count() == Attempt.objects.count() == 3

    def test_who_has_chosen_meanwhile_gets_none(
        self, wave: Wave, people: list[Subject], borgo: Ente, ada: Actor
    ) -> None:
        accept(people[0], "piera@posta.example", ada)
        batch = printed(wave, borgo, ada)
        assert [one.lines[0] for one in batch.letters.order_by("number")] == [
            "Bassi Remo",
            "Conti Lia",
        ]
        item = wave.items.get(subject=people[0])
        assert (item.state, item.reason) == ("SALTATO", "GIA_DIGITALE")

    def test_cancelled_they_wait_and_in_a_batch_nobody_is_invited_again(
        self, wave: Wave, planned: Any, borgo: Ente, ada: Actor
    ) -> None:
        batch = printed(wave, borgo, ada)
        assert set(why(planned()).values()) == {"GIA_INVITATO"}
        cancel_batch(batch_id=batch.pk, actor=ada, at=now())
        again = printed(wave, borgo, ada)
        assert again.letters.count() == 3
        with pytest.raises(PostRefused, match="non ci sono lettere"):
            ask_batch(wave_id=wave.pk, product="ORDINARIA", actor=ada, at=now())

    def test_the_funnel_counts_who_accepted(
        self, wave: Wave, people: list[Subject], borgo: Ente, ada: Actor
    ) -> None:
        assert funnel_of().invited == 0  # set aside is not sent
        mark_sent(batch_id=printed(wave, borgo, ada).pk, actor=ada, at=now())
        move_clock_to(now() + timedelta(days=3))
        accept(people[1], "remo@posta.example", ada)
        ContactCheck.objects.create(
            subject=people[2], kind="EMAIL", value="lia@posta.example", source="PORTALE", text_version="2026-01",
            created_at=now(), expires_at=now(),
        )  # fmt: skip
        found = funnel_of([wave])
        assert (found.invited, found.not_reached, found.began, found.accepted) == (3, 0, 2, 1)
        assert found == funnel_of()
        assert (found.spent_mills, found.mills_an_acceptance) == (3_300, 3_300)
        assert digital_subjects([one.pk for one in people]) == {people[1].pk}


class TestEstimate:
    def test_pages_cost_and_what_pays_it_back(self, paper: Person, planned: Any) -> None:
        from billing.models import Position

        for _ in range(4):
            paper()
        Position.objects.update(noticed_at=now() - timedelta(days=100))
        wave = planned()
        found = estimate_of(wave, at=now())
        # a notice: 2 sheets at 10 and 50 mills, 950 of post, 250 of work: 1,320 mills; less one of e-mail
        assert (found.people, found.pages, found.notices, found.cost_mills) == (4, 4, 4, 4_400)
        assert (found.yearly_cents, found.needed, found.expected_cents) == (528, 4, None)
        Position.objects.update(noticed_at=now() - timedelta(days=400))
        assert estimate_of(wave, at=now()).needed is None


class TestByEmail:
    def test_it_may_be_refused_and_never_names_her(
        self, paper: Person, planned: Any, wired: None, sink: Sink, elena: Actor, borgo: Ente
    ) -> None:
        one = paper(name="Verdi Ines", email="ines.invito@posta.example")
        wave = planned("EMAIL")
        go(wave, elena)
        mail = mail_to(sink, "ines.invito@posta.example")
        code = Invitation.objects.get(subject=one).code
        plain = mail.get_body(("plain",))
        assert plain is not None
        text = plain.get_content()
        assert f"/zero-carta/?codice={code}" in text
        assert "Verdi" not in text
        assert one.codice_fiscale not in text
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        path = "/" + mail["List-Unsubscribe"].strip("<>").split("/", 3)[3]
        assert Client(headers={"host": "borgo.localhost"}).post(path).status_code == 200
        connection.set_tenant(borgo)
        assert Suppression.objects.filter(address="ines.invito@posta.example").exists()
        move_clock_to(now() + timedelta(days=400))
        assert why(planned("EMAIL"))["Verdi Ines"] == "DA_NON_DISTURBARE"

    def test_twice_at_most_and_not_within_a_week_of_another_message(
        self, paper: Person, planned: Any, wired: None, sink: Sink, elena: Actor
    ) -> None:
        paper(name="Neri Ugo", email="ugo.invito@posta.example")
        go(planned("EMAIL", quiet_days=1), elena)
        move_clock_to(now() + timedelta(days=2))
        assert why(planned("EMAIL", quiet_days=1)) == {"Neri Ugo": "FREQUENZA"}
        move_clock_to(now() + timedelta(days=8))
        second = planned("EMAIL", quiet_days=1)
        assert why(second) == {"Neri Ugo": ""}
        approve_wave(wave_id=second.pk, actor=elena, at=now())
        from dunning.services.waves import start_wave
        from tests.dunning.conftest import drain

        start_wave(wave_id=second.pk, actor=elena, at=now())
        drain()
        assert len(sink.to("ugo.invito@posta.example")) == 2
        move_clock_to(now() + timedelta(days=400))
        assert why(planned("EMAIL", quiet_days=1)) == {"Neri Ugo": "INVITI_ESAURITI"}

    def test_who_verified_after_the_approval_is_left_alone(
        self, paper: Person, planned: Any, wired: None, sink: Sink, elena: Actor, ada: Actor
    ) -> None:
        one = paper(email="chi.sceglie@posta.example")
        wave = planned("EMAIL")
        accept(one, "chi.sceglie@posta.example", ada)
        go(wave, elena)
        item = wave.items.get()
        assert (item.state, item.reason) == ("SALTATO", "GIA_DIGITALE")
        assert sink.to("chi.sceglie@posta.example") == []
        assert not Invitation.objects.exists()


def mail_to(sink: Sink, address: str) -> EmailMessage:
    (one,) = sink.to(address)
    raw = sink.get(f"/messages/{one['id']}.eml").content
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
