"""Who works in the office: invited by e-mail, enters once she has chosen a password, changed, let go."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context

from paybox.kernel.models import AuditEntry, OutboxEntry
from paybox.kernel.queue import answer_bell
from tenants.models import Membership, User
from tenants.services.people import INVITE
from tests.standins import Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired", "borgo")]
PEOPLE = "/ufficio/persone/"
WORD = "una-parola-lunga-e-nuova"


@pytest.fixture
def ida() -> str:
    """An address that is new in each test: the sink keeps what it got."""
    return f"ida-{timezone.now():%H%M%S%f}@example.org"


@pytest.fixture
def ada(visit: Any) -> Any:
    return visit("ada@example.org")


def asked(email: str, **other: Any) -> dict[str, Any]:
    return {
        "name": "Ida Moro",
        "email": email,
        "role": "funzionario",
        "services": ["TARI"],
        **other,
    }


def mailed(sink: Sink, address: str) -> list[str]:
    """What the e-mails to that address say, once the outbox has been emptied."""
    with schema_context("borgo"):
        for entry in OutboxEntry.objects.filter(task=INVITE, done_at__isnull=True).order_by("pk"):
            answer_bell(schema="borgo", entry_id=entry.pk)
    return [sink.get(f"/messages/{mail['id']}").text for mail in sink.to(address)]


def link_in(text: str) -> str:
    found = re.search(r"http://borgo.localhost:\d+(/ufficio/invito/[^\s\"<\\]+)", text)
    assert found is not None, text
    return found.group(1)


def membership(email: str) -> Membership:
    return Membership.objects.select_related("user").get(
        user__email=email, ente__schema_name="borgo"
    )


def stranger() -> Client:
    return Client(headers={"host": "borgo.localhost"})


class TestInvitation:
    def test_who_is_new_chooses_a_password_by_the_link_and_enters(self, ada, ida, sink):
        assert ada.post(f"{PEOPLE}invita/", asked(ida.upper())).status_code == 302
        made = membership(ida)
        assert (made.role, made.services, made.until) == ("funzionario", ["TARI"], None)
        assert "invito in attesa" in ada.get(PEOPLE).content.decode()
        (text,) = mailed(sink, ida)
        assert "Funzionario" in text
        link = link_in(text)
        refused = stranger().post(link, {"new_password1": "123", "new_password2": "123"})
        assert refused.status_code == 422
        chosen = stranger().post(link, {"new_password1": WORD, "new_password2": WORD})
        assert (chosen.status_code, chosen["location"]) == (302, "/accounts/login/")
        entered = stranger().post("/accounts/login/", {"login": ida, "password": WORD})
        assert (entered.status_code, entered["location"]) == (302, "/ufficio/")
        # The link was good once.
        assert stranger().get(link).status_code == 410
        assert "invito in attesa" not in ada.get(PEOPLE).content.decode()
        with schema_context("borgo"):
            assert AuditEntry.objects.filter(action="tenants.person.invited").count() == 1
        with schema_context("valle"):
            assert not AuditEntry.objects.filter(action="tenants.person.invited").exists()

    def test_who_works_elsewhere_keeps_her_password_and_gets_no_link(self, ada, sink):
        before = User.objects.get(email="dario@example.org").password
        told = asked("dario@example.org", name="Un altro nome")
        assert ada.post(f"{PEOPLE}invita/", told).status_code == 302
        (text,) = mailed(sink, "dario@example.org")
        assert "/ufficio/" in text
        assert "/ufficio/invito/" not in text
        dario = User.objects.get(email="dario@example.org")
        assert (dario.password, dario.name) == (before, "Dario Gallo")

    def test_who_is_here_already_is_not_invited_twice(self, ada, sink):
        answer = ada.post(f"{PEOPLE}invita/", asked("bruno@example.org"))
        assert answer.status_code == 422
        assert "ha già un ruolo in questo Ente" in answer.content.decode()
        assert membership("bruno@example.org").role == "lettore"
        assert mailed(sink, "bruno@example.org") == []

    def test_the_invitation_goes_again_until_she_has_entered(self, ada, ida, sink):
        ada.post(f"{PEOPLE}invita/", asked(ida))
        ada.post(f"{PEOPLE}{membership(ida).uuid}/invita-di-nuovo/")
        assert [bool(link_in(text)) for text in mailed(sink, ida)] == [True, True]
        bruno = membership("bruno@example.org")
        answer = ada.post(f"{PEOPLE}{bruno.uuid}/invita-di-nuovo/", follow=True)
        assert "ha già scelto la sua password" in answer.content.decode()

    def test_who_was_let_go_before_the_e_mail_left_gets_none(self, ada, ida, sink):
        ada.post(f"{PEOPLE}invita/", asked(ida))
        ada.post(f"{PEOPLE}{membership(ida).uuid}/fine/")
        assert mailed(sink, ida) == []

    @pytest.mark.parametrize(
        "link",
        ["/ufficio/invito/MQ/x-1/", "/ufficio/invito/!!/x/", "/ufficio/invito/OTk5OTk/a-b/"],
    )
    def test_a_made_up_link_says_nothing_of_anybody(self, link):
        answer = stranger().get(link)
        assert answer.status_code == 410
        assert "example.org" not in answer.content.decode()


class TestRole:
    def change(self, browser: Any, email: str, **told: Any) -> Any:
        return browser.post(f"{PEOPLE}{membership(email).uuid}/", told, follow=True)

    def test_another_role_with_an_end(self, ada):
        self.change(ada, "bruno@example.org", role="ragioneria", until="2099-12-31")
        bruno = membership("bruno@example.org")
        assert (bruno.role, str(bruno.until)) == ("ragioneria", "2099-12-31")
        past = self.change(ada, "bruno@example.org", role="lettore", until="2020-01-01")
        assert "è già passato" in past.content.decode()
        assert membership("bruno@example.org").role == "ragioneria"

    def test_nobody_changes_her_own(self, ada):
        answer = self.change(ada, "ada@example.org", role="lettore")
        assert "lo cambia un'altra persona" in answer.content.decode().replace("&#x27;", "'")
        ada.post(f"{PEOPLE}{membership('ada@example.org').uuid}/fine/")
        mine = membership("ada@example.org")
        assert (mine.role, mine.until) == ("responsabile", None)

    def test_who_is_let_go_enters_no_more_and_may_come_back(self, ada, visit):
        assert visit("elena@example.org").get("/ufficio/").status_code == 200
        ada.post(f"{PEOPLE}{membership('elena@example.org').uuid}/fine/")
        assert visit("elena@example.org").get("/ufficio/").status_code == 403
        assert "Chi ci ha lavorato" in ada.get(PEOPLE).content.decode()
        ada.post(f"{PEOPLE}invita/", asked("elena@example.org"))
        assert visit("elena@example.org").get("/ufficio/").status_code == 200

    def test_only_who_administers_and_only_here(self, ada, visit):
        assert visit("elena@example.org").get(PEOPLE).status_code == 403
        dario = Membership.objects.get(user__email="dario@example.org")
        assert ada.get(f"{PEOPLE}{dario.uuid}/").status_code == 404
        assert ada.post(f"{PEOPLE}{dario.uuid}/fine/").status_code == 404
        dario.refresh_from_db()
        assert dario.until is None
