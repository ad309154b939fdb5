"""What who looks at a sending under way is told: how far it is, and why the others wait."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.quiet_hours import SendingHours
from dunning.selectors.wave_progress import progress_of
from tests.build import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
SATURDAY_NIGHT = datetime(
    2026, 3, 28, 20, 30, tzinfo=UTC
)  # the clocks go forward in the night that follows
STATES = (
    "PRONTO",
    "PRONTO",
    "IN_INVIO",
    "INVIATO",
    "RAGGIUNTO",
    "SALTATO",
    "DA_STAMPARE",
    "NON_RAGGIUNTO",
)


@pytest.fixture
def wave() -> Wave:
    made = Wave.objects.create(
        kind="SOLLECITO", service=Service.objects.get(code="TARI"), channel="SMS", channels=["SMS"], state="IN_INVIO",
        template="generico", planned_on=date(2026, 3, 28), created_at=AT, started_at=AT, author_id=1, author_name="p",
    )  # fmt: skip
    for number, state in enumerate((*STATES, "ESCLUSO", "CONTROLLO")):
        WaveItem.objects.create(
            wave=made, key=str(number), position_ids=[], amount_cents=1, channel="SMS", state=state, updated_at=AT
        )  # fmt: skip
    return made


def told(
    wave: Wave, *, at: datetime = AT, hours: SendingHours | None = None
) -> tuple[int, int, str]:
    found = progress_of(wave, hours=hours, at=at)
    return found.done, found.total, found.waits


def test_whose_turn_has_come_and_who_waits(wave: Wave) -> None:
    assert told(wave, hours=SendingHours()) == (5, 8, "")
    assert progress_of(wave, hours=None, at=AT).percent == 62
    WaveItem.objects.filter(wave=wave).delete()
    assert progress_of(wave, hours=None, at=AT).percent == 100


def test_at_night_it_says_when_it_goes_on(wave: Wave) -> None:
    """Sunday and the hour that is not there are passed by."""
    assert told(wave, at=SATURDAY_NIGHT) == (5, 8, "")
    words = "A quest'ora gli SMS non partono: si riprende lunedì 30/03 alle 09:00."
    assert told(wave, at=SATURDAY_NIGHT, hours=SendingHours())[2] == words
    Wave.objects.filter(pk=wave.pk).update(state="IN_PAUSA")
    wave.refresh_from_db()
    assert told(wave, at=SATURDAY_NIGHT, hours=SendingHours())[2] == ""


def test_after_the_first_ones_it_waits_for_what_became_of_them(wave: Wave) -> None:
    Wave.objects.filter(pk=wave.pk).update(canary=1)
    wave.refresh_from_db()
    assert told(wave)[2] == ""
    item = wave.items.get(key="3")
    given = {"item": item, "channel": "IO", "address": "x", "created_at": AT, "try_number": 9}
    Attempt.objects.create(state="FALLITO_PERM", error_code="IO_ASSENTE", **given)
    assert told(wave)[2] == ""  # who has not the app tells nothing of the others
    Attempt.objects.create(item=item, channel="SMS", address="+39", state="INVIATO", created_at=AT)
    assert told(wave)[2] == "Sono partiti i primi 1: gli altri partono quando si sa com'è andata."


def test_the_page_moves_by_itself_and_is_read_anew_when_it_stands(wave: Wave, visit: Any) -> None:
    page = f"/ufficio/invii/{wave.uuid}/"
    ada = visit("ada@example.org")
    whole = ada.get(page).content.decode()
    assert "5 di 8 destinatari già trattati (62%)" in whole
    assert 'hx-trigger="every 5s"' in whole
    part = ada.get(page, headers={"hx-request": "true"})
    assert ("<html" in part.content.decode(), "HX-Refresh" in part.headers) == (False, False)
    with schema_context("borgo"):
        Wave.objects.filter(pk=wave.pk).update(state="INVIATA")
    assert ada.get(page, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
