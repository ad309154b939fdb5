"""Notices by e-mail behind a signed address: nothing of the person in it, good for some days, each opening written down."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.inbound.notice_links import read_notice_link
from dunning.models import Attempt, DeliveryEvent
from dunning.services.notice_mail import NoticeMailRefused, choose_notice_mail
from dunning.services.planning import plan_notices
from paybox.kernel.clock import move_clock_to, now, today
from registry.models import Consent, Contact
from tenants.models import Ente
from tests.build import make_position, pay
from tests.dunning.conftest import go, loaded
from tests.standins import Sink

pytestmark = [pytest.mark.django_db]


def mail_to(sink: Sink, address: str) -> EmailMessage:
    (one,) = sink.to(address)
    raw = sink.get(f"/messages/{one['id']}.eml").content
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def words(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


@pytest.fixture
def noticed(borgo, wired, person, ada, elena) -> Callable[[str, int], Position]:
    """A notice sent by e-mail, with the PDF inside (0) or behind an address for some days."""

    def send(address: str, days: int) -> Position:
        key = Service.objects.get(code="TARI").pk
        choose_notice_mail(service_id=key, link_days=days, actor=ada, at=now())
        position = make_position(subject=person(email=address), due_on=today() + timedelta(days=90))
        wave = plan_notices(load_id=loaded(position).pk, actor=ada, at=now(), today=today())
        choose_notice_mail(
            service_id=key, link_days=0, actor=ada, at=now()
        )  # too late: it was approved so
        go(wave, elena)
        return Position.objects.get(pk=position.pk)

    return send


def visit(method: str, url: str, ente: Ente) -> Any:
    path = "/" + url.split("/", 3)[3]
    answer = getattr(Client(headers={"host": "borgo.localhost"}), method)(path)
    connection.set_tenant(ente)
    return answer


def link_in(text: str) -> str:
    return next(line for line in text.splitlines() if "/documento/" in line)


def test_behind_an_address_that_says_nothing(noticed, sink: Sink, borgo, valle) -> None:
    position = noticed("ines.verdi@posta.example", 60)
    mail = mail_to(sink, "ines.verdi@posta.example")
    assert list(mail.iter_attachments()) == []
    assert mail["List-Unsubscribe"] is None, "a notice is not courtesy"
    assert "in allegato" not in words(mail)
    url = link_in(words(mail))
    rich = mail.get_body(("html",))
    assert rich is not None
    assert f'<a href="{url}">' in rich.get_content()
    notice = position.instalments.get(number=0).notice_number
    for personal in (position.subject.codice_fiscale, "ines", "verdi", notice, position.reference):
        assert personal.lower() not in url.lower()
    page = visit("get", url, borgo)
    assert page.status_code == 200
    assert position.subject.name not in page.content.decode()
    assert {"private", "no-store"} <= set(page["Cache-Control"].split(", "))
    saved = visit("post", url, borgo)
    assert saved.content.startswith(b"%PDF-")
    events = DeliveryEvent.objects.filter(attempt__item__key=str(position.uuid)).order_by("pk")
    assert [event.status for event in events] == ["APERTO", "SCARICATO"]
    assert list(ledger_problems()) == []


def test_only_ours_only_here_only_for_its_days(noticed, sink: Sink, borgo, valle) -> None:
    position = noticed("ugo.neri@posta.example", 30)
    url = link_in(words(mail_to(sink, "ugo.neri@posta.example")))
    token = url.rstrip("/").rpartition("/")[2]
    link = read_notice_link(token, schema="borgo")
    assert link is not None
    assert (link.position, link.last_day) == (position.uuid, today() + timedelta(days=30))
    assert read_notice_link(token, schema="valle") is None
    assert visit("get", url[:-3] + "x/", borgo).status_code == 404
    longer = token.replace(
        f"{link.last_day:%Y%m%d}", f"{link.last_day + timedelta(days=99):%Y%m%d}"
    )
    assert visit("get", url.replace(token, longer), borgo).status_code == 404
    move_clock_to(link.last_day)
    assert visit("get", url, borgo).status_code == 200
    move_clock_to(link.last_day + timedelta(days=1))
    over = visit("post", url, borgo)
    assert (over.status_code, "Il collegamento è scaduto" in over.content.decode()) == (410, True)


def test_what_is_paid_is_not_given_again(noticed, sink: Sink, borgo) -> None:
    position = noticed("rita.blu@posta.example", 30)
    url = link_in(words(mail_to(sink, "rita.blu@posta.example")))
    pay(position.instalments.get(number=0).notice_number, 12_000)
    assert "già pagato" in visit("get", url, borgo).content.decode()
    assert visit("post", url, borgo).status_code == 404


def test_attached_with_the_way_back_to_paper(noticed, sink: Sink, borgo) -> None:
    position = noticed("elsa.rossi@posta.example", 0)
    mail = mail_to(sink, "elsa.rossi@posta.example")
    (pdf,) = mail.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    assert "/documento/" not in words(mail)
    back = next(line for line in words(mail).splitlines() if "/zero-carta/carta/" in line)
    assert visit("get", back, borgo).status_code == 200
    assert Contact.objects.filter(value="elsa.rossi@posta.example").exists(), (
        "looking is not asking"
    )
    visit("post", back, borgo)
    assert not Contact.objects.filter(subject=position.subject, kind="EMAIL").exists()
    (act,) = Consent.objects.filter(subject=position.subject, kind="EMAIL")
    assert (act.act, act.source) == ("REVOCATO", "MESSAGGIO")
    assert (
        Attempt.objects.get(item__key=str(position.uuid)).body.count("tornare agli avvisi su carta")
        == 1
    )


def test_days_have_limits(borgo, ada) -> None:
    key = Service.objects.get(code="TARI").pk
    with pytest.raises(NoticeMailRefused):
        choose_notice_mail(service_id=key, link_days=366, actor=ada, at=now())
