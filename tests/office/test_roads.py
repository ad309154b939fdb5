"""The road to pagoPA, chosen by an administrator: seen, explained, done, written in the audit."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from billing.models import Service
from paybox.kernel.models import AuditEntry, OutboxEntry
from tenants.models import Ente
from tests.build import make_position
from tests.pages import text_of

PAGE = "/ufficio/tipi-di-dovuto/vie/"


@pytest.fixture(autouse=True)
def all_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"aca_url": "http://127.0.0.1:9/aca", "gpd_url": ""}
    environment = settings.ENVIRONMENT.model_copy(update=known)
    monkeypatch.setattr(settings, "ENVIRONMENT", environment)


def test_seen_explained_and_chosen_for_the_ente(ada_browses: Client, borgo: Ente) -> None:
    make_position()
    Service.objects.exclude(code="TARI").update(gateway="DIRETTA")
    shown = text_of(ada_browses.get(PAGE))
    assert "L'Ente: Intermediario" in shown
    assert "GPD di pagoPA" not in shown  # not configured here: it cannot be chosen
    effects = text_of(ada_browses.get(f"{PAGE}scegli/", {"via": "ACA"}))
    assert "<dt>Dopo</dt><dd>ACA di pagoPA</dd>" in effects
    assert "<dt>Posizioni da pagare</dt><dd>1</dd>" in effects
    assert Ente.objects.get(pk=borgo.pk).gateway == "SOAP"
    ada_browses.post(f"{PAGE}scegli/", {"via": "ACA", "servizio": ""})
    assert Ente.objects.get(pk=borgo.pk).gateway == "ACA"
    assert OutboxEntry.objects.filter(task="pagopa.move_publications").count() == 1
    entry = AuditEntry.objects.get(action="pagopa.road.chosen")
    assert (entry.subject, entry.details["road"]) == ("ente", "ACA")


def test_a_service_has_its_own_and_gives_it_up(ada_browses: Client, borgo: Ente) -> None:
    for road in ("ACA", ""):
        ada_browses.post(f"{PAGE}scegli/", {"via": road, "servizio": "TARI"})
        assert Service.objects.get(code="TARI").gateway == road
    assert Ente.objects.get(pk=borgo.pk).gateway == "SOAP"


@pytest.mark.parametrize(
    "given", [{"via": "GPD"}, {"via": ""}, {"via": "FTP"}, {"via": "ACA", "servizio": "NO"}]
)
def test_what_cannot_be_chosen_changes_nothing(
    ada_browses: Client, borgo: Ente, given: dict[str, str]
) -> None:
    for answer in (
        ada_browses.get(f"{PAGE}scegli/", given, follow=True),
        ada_browses.post(f"{PAGE}scegli/", given, follow=True),
    ):
        assert "Questa via non è disponibile" in text_of(answer)
    assert Ente.objects.get(pk=borgo.pk).gateway == "SOAP"
    assert not AuditEntry.objects.filter(action="pagopa.road.chosen").exists()


def test_only_who_administers(enter: Any) -> None:
    assert enter("elena@example.org").get(PAGE).status_code == 403
    assert enter("elena@example.org").post(f"{PAGE}scegli/", {"via": "ACA"}).status_code == 403
