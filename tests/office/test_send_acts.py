"""The pages on which an act in SEND's hands is taken back: who may, with which words, and where the way to it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Position
from dunning.models import SendCancellation, SendNotification, Wave
from paybox.kernel.clock import now
from tests.build import pay
from tests.dunning.acting_send import moving_act
from tests.pages import text_of

pytestmark = [pytest.mark.django_db]
Enter = Callable[[str], Client]


@pytest.fixture
def act(borgo: Any) -> SendNotification:
    return moving_act()


def page_of(act: SendNotification) -> str:
    item = act.attempt.item
    return f"/ufficio/invii/{item.wave.uuid}/destinatari/{item.pk}/"


def test_one_act_is_asked_back_with_a_reason(act: SendNotification, enter: Enter) -> None:
    ada, page = enter("ada@example.org"), page_of(act)
    shown = text_of(ada.get(page))
    assert "Chiedi a SEND di annullarla…" in shown
    assert act.iun in shown
    assert "Scrivere il motivo" in text_of(ada.post(f"{page}annulla-notifica/", {"motivo": " "}, follow=True))  # fmt: skip
    answer = ada.post(f"{page}annulla-notifica/", {"motivo": "Pagato allo sportello"}, follow=True)
    assert "La richiesta di annullare la notifica parte per SEND." in text_of(answer)
    shown = text_of(ada.get(page))
    assert "Chiedi a SEND di annullarla…" not in shown
    assert "Pagato allo sportello" in shown
    again = ada.post(f"{page}annulla-notifica/", {"motivo": "Di nuovo, per sbaglio"}, follow=True)
    assert "già stato chiesto" in text_of(again)
    assert SendCancellation.objects.get().asked_by_name == "Ada Bianchi"


def test_who_only_reads_may_not_and_valle_does_not_find_it(act, enter: Enter, visit: Any) -> None:
    page = page_of(act)
    bruno = enter("bruno@example.org")
    assert "annullarla…" not in text_of(bruno.get(page))
    assert bruno.post(f"{page}annulla-notifica/", {"motivo": "Pagato"}).status_code == 403
    dario = visit("dario@example.org", host="valle.localhost")
    assert dario.post(f"{page}annulla-notifica/", {"motivo": "Pagato"}).status_code == 404
    with schema_context("borgo"):
        assert not SendCancellation.objects.exists()


def test_a_stopped_sending_offers_it_for_all(act, enter: Enter) -> None:
    ada, wave = enter("ada@example.org"), act.attempt.item.wave
    page = f"/ufficio/invii/{wave.uuid}/"
    assert "Un atto è già in mano a SEND" in text_of(ada.get(page))
    Wave.objects.filter(pk=wave.pk).update(state="IN_INVIO")
    assert "in mano a SEND" not in text_of(ada.get(page))
    refused = ada.post(f"{page}annulla-notifiche/", {"motivo": "Testo sbagliato"}, follow=True)
    assert "Prima si ferma l'invio" in text_of(refused)
    Wave.objects.filter(pk=wave.pk).update(state="ANNULLATA")
    ada.post(f"{page}annulla-notifiche/", {"motivo": "Testo sbagliato"})
    assert SendCancellation.objects.get().reason == "Testo sbagliato"
    assert "in mano a SEND" not in text_of(ada.get(page))


def test_the_page_of_a_paid_credit_shows_the_way(act, enter: Enter) -> None:
    ada = enter("ada@example.org")
    position = Position.objects.get(pk=act.attempt.item.position_ids[0])
    page = f"/ufficio/posizioni/{position.uuid}/"
    assert "ancora in mano a SEND" not in text_of(ada.get(page))
    pay(position.instalments.get().notice_number, 12_000, at=now())
    shown = text_of(ada.get(page))
    assert "ancora in mano a SEND" in shown
    assert page_of(act) in shown
