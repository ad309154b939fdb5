"""Each page of the office: who may, who may not, and that another Ente's papers are not found."""

from datetime import date
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.models import Service
from billing.services.staging import stage_load
from paybox.kernel.models import Job
from tests.build import AT, make_position, pay

OPEN_TO_READERS = (
    "/ufficio/",
    "/ufficio/cerca/?q=rossi",
    "/ufficio/posizioni/",
    "/ufficio/posizioni/elenco.csv",
    "/ufficio/caricamenti/",
    "/ufficio/caricamenti/esempio.csv",
)
FILE = (
    b"riferimento;codice_fiscale;denominazione;causale;importo;scadenza\r\n"
    b"A-1;RSSMRA80A01H501U;Rossi Mario;TARI 2026;120,00;16/06/2026\r\n"
)


def papers(ada: Any) -> list[str]:
    """One page of each kind that has a uuid, of the Ente at work."""
    position = make_position()
    pay(position.instalments.get(number=1).notice_number, 6_000)
    load = stage_load(
        service=Service.objects.get(code=position.service.code), filename="a.csv", raw=FILE, actor=ada, at=AT,
        today=date(2026, 3, 2),
    )  # fmt: skip
    job = Job.objects.create(
        kind="prova",
        title="Prova",
        created_at=AT,
        actor_name="Ada",
        details={"load": str(load.uuid)},
    )
    collection = position.collections.get()
    return [
        f"/ufficio/posizioni/{position.uuid}/",
        f"/ufficio/posizioni/{position.uuid}/avviso.pdf",
        f"/ufficio/incassi/{collection.uuid}/quietanza.pdf",
        f"/ufficio/contribuenti/{position.subject.uuid}/",
        f"/ufficio/caricamenti/{load.uuid}/",
        f"/ufficio/lavori/{job.uuid}/",
        f"/ufficio/posizioni/{position.uuid}/annulla/",
        f"/ufficio/caricamenti/{load.uuid}/annulla/",
        f"/ufficio/caricamenti/{load.uuid}/scarti.csv",
    ]


class TestWhoMay:
    @pytest.mark.parametrize("url", OPEN_TO_READERS)
    def test_a_reader_reads(self, borgo: Any, visit: Any, url: str) -> None:
        assert visit("bruno@example.org").get(url).status_code == 200

    @pytest.mark.parametrize("url", OPEN_TO_READERS)
    def test_a_stranger_does_not(self, borgo: Any, visit: Any, url: str) -> None:
        assert visit("carla@example.org").get(url).status_code == 403

    @pytest.mark.parametrize("url", ["/ufficio/caricamenti/nuovo/", "/ufficio/tipi-di-dovuto/"])
    def test_a_reader_gives_no_orders(self, borgo: Any, visit: Any, url: str) -> None:
        answer = visit("bruno@example.org").get(url)
        assert answer.status_code == 403
        assert "ruolo" in answer.content.decode()
        assert visit("ada@example.org").get(url).status_code == 200

    def test_papers_with_a_uuid(self, borgo: Any, ada: Any, visit: Any) -> None:
        pages = papers(ada)
        for page in pages:
            assert visit("ada@example.org").get(page).status_code == 200, page
            assert visit("carla@example.org").get(page).status_code == 403, page
            assert visit().get(page)["Location"].startswith("/accounts/login/"), page
        for page in pages[:6]:
            assert visit("bruno@example.org").get(page).status_code == 200, page
        for page in pages[6:]:
            assert visit("bruno@example.org").get(page).status_code == 403, page

    def test_valle_s_papers_are_not_found_in_borgo(
        self, borgo: Any, valle: Any, ada: Any, visit: Any
    ) -> None:
        with schema_context("valle"):
            Service.objects.filter(code="QUOTA").update(code="TARI")
            pages = papers(ada)
        for page in pages:
            assert visit("ada@example.org").get(page).status_code == 404, page
            assert (
                visit("dario@example.org", host="valle.localhost").get(page).status_code == 200
            ), page

    def test_who_works_on_some_services_sees_only_those(self, borgo: Any, visit: Any) -> None:
        from tenants.models import Membership

        tari, dues = (
            make_position(cents=12_000),
            make_position(service="DIRITTI", cents=777_00, rates=()),
        )
        Membership.objects.filter(user__email="gina@example.org").update(services=["TARI"])
        gina = visit("gina@example.org")
        assert gina.get(f"/ufficio/posizioni/{tari.uuid}/").status_code == 200
        assert gina.get(f"/ufficio/posizioni/{dues.uuid}/").status_code == 404
        for page in (
            "/ufficio/",
            "/ufficio/posizioni/",
            f"/ufficio/contribuenti/{tari.subject.uuid}/",
        ):
            shown = gina.get(page).content.decode()
            assert "120,00" in shown
            assert "777,00" not in shown
        exported = b"".join(gina.get("/ufficio/posizioni/elenco.csv").streaming_content).decode()
        assert tari.reference in exported
        assert dues.reference not in exported


class TestUnknownPages:
    def test_the_404_is_in_italian_and_in_our_look(self, borgo: Any, visit: Any) -> None:
        answer = visit("ada@example.org").get(
            "/ufficio/posizioni/00000000-0000-4000-8000-000000000000/"
        )
        assert answer.status_code == 404
        assert "Pagina non trovata" in answer.content.decode()
        assert "pb-header" in answer.content.decode()
