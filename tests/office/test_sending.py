"""Waves, pagoPA and reconciliation on the office's pages: who orders what, and what the pages say."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.models import Wave
from dunning.services.planning import plan_reminders
from pagopa.models import Publication
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from paybox.kernel.models import OutboxEntry
from tests.build import make_position, make_subject
from tests.pages import seen_on, text_of

Enter = Callable[[str], Client]
READABLE = ("/ufficio/invii/", "/ufficio/pagopa/", "/ufficio/pagopa/ricevute/?esito=tutte")


def overdue_pair() -> None:
    """One debtor with a mobile, one with nothing."""
    late = today() - timedelta(days=10)
    make_position(cents=5_000, rates=(), due_on=late, subject=make_subject())
    silent = make_subject(
        codice_fiscale="VRDLGU85T10F205N",
        name="Verdi Luigi",
        sort_key="VERDI LUIGI",
        email="",
        mobile="",
    )
    make_position(cents=7_000, rates=(), due_on=late, subject=silent)


def planned(author: int = 99) -> Wave:
    overdue_pair()
    return plan_reminders(
        service_id=Service.objects.get(code="TARI").pk, channel="SMS",
        actor=Actor(author, "Autrice"), at=now(), today=today(),
    )  # fmt: skip


class TestWaves:
    def test_planned_shown_approved_by_another_and_started(self, enter: Enter) -> None:
        overdue_pair()
        elena, ada = enter("elena@example.org"), enter("ada@example.org")
        chosen = Service.objects.get(code="TARI").pk
        page = elena.post("/ufficio/invii/nuovo/", {"service": chosen, "channel": "SMS"})[
            "Location"
        ]
        shown = text_of(elena.get(page))
        assert "50,00 €" in shown
        assert "Non risulta un recapito valido" in shown
        assert "Approva 1" not in shown
        assert "persona diversa" in text_of(elena.post(f"{page}approva/", follow=True))
        unseen = text_of(ada.post(f"{page}approva/", follow=True))
        assert "è cambiato mentre lo si leggeva" in unseen
        assert "1</strong> messaggio per <strong>50,00 €" in text_of(ada.get(page))
        assert "1" in text_of(ada.get("/ufficio/"))
        assert "invio da approvare" in text_of(ada.get("/ufficio/"))
        assert "è approvato" in text_of(
            ada.post(f"{page}approva/", seen_on(ada.get(page)), follow=True)
        )
        assert "è cominciato" in text_of(elena.post(f"{page}avvia/", follow=True))
        assert Wave.objects.get().state == Wave.State.SENDING
        assert OutboxEntry.objects.filter(task="dunning.send_wave").count() == 1
        assert "in pausa" in text_of(elena.post(f"{page}pausa/", follow=True))
        assert "annullato" in text_of(elena.post(f"{page}annulla/", follow=True))
        assert "L'invio è stato annullato" in text_of(elena.get(f"{page}destinatari/"))

    def test_a_reader_reads_and_orders_nothing(self, enter: Enter) -> None:
        wave = planned()
        bruno, page = enter("bruno@example.org"), f"/ufficio/invii/{wave.uuid}/"
        assert bruno.get(page).status_code == 200
        assert bruno.get(f"{page}destinatari/").status_code == 200
        assert bruno.get("/ufficio/invii/nuovo/").status_code == 403
        for order in ("approva", "avvia", "pausa", "annulla"):
            assert bruno.post(f"{page}{order}/").status_code == 403
            assert enter("ada@example.org").get(f"{page}{order}/").status_code == 405
        wave.refresh_from_db()
        assert wave.state == Wave.State.SIMULATED

    def test_valle_s_wave_is_not_found(self, valle: Any, enter: Enter) -> None:
        ada = enter("ada@example.org")
        with schema_context("valle"):
            Service.objects.filter(code="QUOTA").update(code="TARI")
            wave = planned()
        for tail in ("", "destinatari/"):
            assert ada.get(f"/ufficio/invii/{wave.uuid}/{tail}").status_code == 404
        assert ada.post(f"/ufficio/invii/{wave.uuid}/approva/").status_code == 404
        with schema_context("valle"):
            assert Wave.objects.get().state == Wave.State.SIMULATED


class TestPagopaPages:
    @pytest.mark.parametrize("url", READABLE)
    def test_a_reader_reads_a_stranger_does_not(self, enter: Enter, url: str) -> None:
        assert enter("bruno@example.org").get(url).status_code == 200
        assert enter("carla@example.org").get(url).status_code == 403

    def test_a_refusal_is_said_in_its_own_words(self, ada_browses: Client) -> None:
        position = make_position(reference="RIFIUTATA-1")
        Publication.objects.filter(position=position).delete()
        Publication.objects.create(
            position=position, version=1, gateway="SOAP", state=Publication.State.REFUSED, asked_at=now(),
            words="Importo non coerente",
        )  # fmt: skip
        assert "Importo non coerente" in text_of(ada_browses.get("/ufficio/pagopa/"))
        assert "posizione rifiutata da pagoPA" in text_of(ada_browses.get("/ufficio/"))
        assert "RIFIUTATA-1" in text_of(ada_browses.get("/ufficio/posizioni/?rifiutate=on"))


class TestReconciliation:
    PAGE = "/ufficio/riconciliazione/"

    def test_only_the_accounts_office_and_the_head(self, enter: Enter) -> None:
        assert enter("franco@example.org").get(self.PAGE).status_code == 200
        assert enter("ada@example.org").get(self.PAGE).status_code == 200
        assert enter("elena@example.org").get(self.PAGE).status_code == 403

    @pytest.mark.parametrize("kind", ["flow", "treasury"])
    @pytest.mark.parametrize("raw", [b"", b"non xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
    def test_a_bad_file_is_refused_beside_its_field(
        self, ada_browses: Client, kind: str, raw: bytes
    ) -> None:
        answer = ada_browses.post(
            self.PAGE, {"kind": kind, "file": SimpleUploadedFile("f.xml", raw)}
        )
        assert answer.status_code == 422
        assert answer.context["form"].errors["file"]


class TestServices:
    def test_an_amount_is_typed_as_italians_do(self, ada_browses: Client) -> None:
        tari = Service.objects.get(code="TARI")
        page = f"/ufficio/tipi-di-dovuto/{tari.pk}/"
        given = {
            "name": "TARI", "causale": "TARI", "taxonomy": tari.taxonomy, "due_after_days": "30",
            "reminder_minimum_cents": "1.234,5", "fixed_amount_cents": "", "is_active": "on",
        }  # fmt: skip
        assert ada_browses.post(page, given)["Location"] == "/ufficio/tipi-di-dovuto/"
        tari.refresh_from_db()
        assert (tari.reminder_minimum_cents, tari.fixed_amount_cents) == (123_450, None)
        assert 'value="1.234,50"' in text_of(ada_browses.get(page))
        wrong = ada_browses.post(
            page, given | {"reminder_minimum_cents": "1,234.5", "iban": "IT00X"}
        )
        assert wrong.status_code == 422
        assert "non è un importo" in text_of(wrong)
        assert "IBAN contiene un errore" in text_of(wrong)
