"""Wave zero on App IO: the notice with its payment to who chose no paper and has the app; the others by e-mail or on paper."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.channels import split_of_load
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from dunning.models import Attempt, NoticeMail, Wave, WaveItem
from dunning.selectors.samples import wave_samples
from dunning.services.channel_access import AccessDraft, write_access
from dunning.services.notice_mail import choose_notice_mail
from dunning.services.planning import plan_notices
from dunning.services.waves import approve_wave, start_wave
from registry.models import Contact
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain, go, loaded
from tests.platforms import IO_KEY, AppIo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]
_serial = iter(range(100, 1_000))


@pytest.fixture
def chosen(borgo: Any, app_io: AppIo, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """App IO is on, and the notices of the TARI go there first."""
    monkeypatch.setattr(settings.ENVIRONMENT, "io_url", app_io.api)
    write_access(draft=AccessDraft("IO", None, IO_KEY, True), actor=ada, at=AT)
    choose_notice_mail(service_id=tari().pk, link_days=0, app_io=True, actor=ada, at=AT)


@pytest.fixture
def owed(person: Any) -> Callable[..., Position]:
    """``owed("NONCEA")``: a new credit of such a person at the platform."""

    def make(surname: str = "PRSPRV", **changes: Any) -> Position:
        code = f"{surname}84A01H{next(_serial)}X"
        return make_position(subject=person(**({"codice_fiscale": code} | changes)))

    return make


def tari() -> Service:
    return Service.objects.get(code="TARI")


def planned(ada: Any, *positions: Position) -> Wave:
    return plan_notices(load_id=loaded(*positions).pk, actor=ada, at=AT, today=AT.date())


def item_of(position: Position) -> WaveItem:
    return WaveItem.objects.get(key=str(position.uuid))


def mails(sink: Any, position: Position) -> int:
    return len(sink.to(position.subject.contacts.get(kind="EMAIL").value))


@pytest.mark.usefixtures("chosen")
class TestWaveZero:
    def test_the_notice_with_its_payment_and_who_has_not_the_app_by_mail(
        self, ada: Any, elena: Any, owed: Any, app_io: AppIo, sink: Any, borgo: Any
    ) -> None:
        there, absent, unwilling = owed(), owed("NONCEA"), owed("BLOCCO")
        paper, body = owed(email=""), owed(codice_fiscale="01234567897", kind="G")
        wave = planned(ada, there, absent, unwilling, paper, body)
        assert (wave.channels, wave.recipients, wave.excluded) == (["IO", "EMAIL"], 4, 1)
        assert split_of_load(wave.load) == {"DIGITALE": 4, "CARTA": 1}  # type: ignore[arg-type]
        assert (item_of(paper).state, item_of(paper).reason) == ("ESCLUSO", "CARTA")
        assert (item_of(body).channel, item_of(there).channel) == ("EMAIL", "IO")
        samples = wave_samples(wave, borgo, "https://borgo.example/")
        assert {one.channel for one in samples if not one.problem} == {"App IO", "E-mail"}
        go(wave, elena)
        (kept,) = app_io.to(there.subject.codice_fiscale)
        notice = there.instalments.get(number=0)
        asked = kept["content"]["payment_data"]
        assert (asked["notice_number"], asked["amount"]) == (notice.notice_number, 12_000)
        assert asked["payee"]["fiscal_code"] == borgo.codice_fiscale
        assert kept["content"]["due_date"].startswith(notice.due_on.isoformat())
        assert "120,00" in kept["content"]["markdown"]
        assert [mails(sink, one) for one in (there, absent, unwilling, body)] == [0, 1, 1, 1]
        assert [app_io.to(one.subject.codice_fiscale) for one in (absent, paper, body)] == [
            [],
            [],
            [],
        ]
        there.refresh_from_db()
        assert there.noticed_at is not None
        costs = dict(Attempt.objects.filter(state="ACCETTATO").values_list("channel", "cost_mills"))
        assert (costs["IO"], costs["EMAIL"] > 0) == (0, True)
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert not WaveItem.objects.exists()

    def test_asked_again_before_it_leaves(self, ada, elena, owed, app_io, sink) -> None:
        """Paid, withdrawn, gone back to paper after the approval: nothing leaves; who went back is for the printer."""
        paid, gone, paper = owed(), owed(), owed()
        wave = planned(ada, paid, gone, paper)
        approve_wave(wave_id=wave.pk, actor=elena, at=AT)
        pay(paid.instalments.get(number=0).notice_number, 12_000)
        withdraw_position(position_id=gone.pk, reason="Sgravio", actor=ada, at=AT)
        Contact.objects.filter(subject=paper.subject, kind="EMAIL").delete()
        start_wave(wave_id=wave.pk, actor=elena, at=AT)
        drain()
        assert [item_of(one).reason for one in (paid, gone, paper)] == [
            "PAGATO",
            "RITIRATO",
            "CARTA",
        ]
        assert [app_io.to(one.subject.codice_fiscale) for one in (paid, gone, paper)] == [
            [],
            [],
            [],
        ]
        assert not Attempt.objects.exists()
        assert list(ledger_problems()) == []

    def test_by_rate_the_next_one_is_offered(self, ada, elena, owed, app_io) -> None:
        position = owed()
        pay(position.instalments.get(number=1).notice_number, 6_000)
        go(planned(ada, position), elena)
        (kept,) = app_io.to(position.subject.codice_fiscale)
        asked = kept["content"]["payment_data"]
        second = position.instalments.get(number=2).notice_number
        assert (asked["notice_number"], asked["amount"]) == (second, 6_000)

    def test_off_or_not_chosen_it_is_as_if_it_were_not_there(self, ada, owed) -> None:
        write_access(draft=AccessDraft("IO", None, "", False), actor=ada, at=AT)
        position = owed()
        assert (planned(ada, position).channels, item_of(position).channel) == (["EMAIL"], "EMAIL")
        write_access(draft=AccessDraft("IO", None, "", True), actor=ada, at=AT)
        choose_notice_mail(service_id=tari().pk, link_days=30, actor=ada, at=AT)
        assert planned(ada, owed()).channels == ["EMAIL"]


def test_the_choice_is_made_on_its_page(borgo: Any, visit: Any) -> None:
    page = f"/ufficio/invii/avvisi-per-email/{tari().pk}/"
    ada: Client = visit("ada@example.org")
    answer = ada.post(page, {"way": "ALLEGATO", "days": "60", "app_io": "on"})
    assert answer.status_code == 302
    assert "su App IO, altrimenti per e-mail" in ada.get("/ufficio/invii/avvisi-per-email/").content.decode()  # fmt: skip
    assert visit("bruno@example.org").post(page, {"way": "ALLEGATO"}).status_code == 403
    connection.set_tenant(borgo)
    assert NoticeMail.objects.get().app_io is True
