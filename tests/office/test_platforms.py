"""The page of the State's platforms: administrators only, the key never comes back, Valle is elsewhere."""

import pytest
from django.conf import settings
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.models import ChannelAccess
from paybox.kernel.sealing import unseal

pytestmark = [pytest.mark.django_db]
LIST, IO, SEND = (f"/ufficio/invii/piattaforme/{name}" for name in ("", "IO/", "SEND/"))
KEY = "chiave-segretissima-123"
WHOLE = {"taxonomy": "010101P", "letter": "AR_REGISTERED_LETTER", "policy": "FLAT_RATE", "integration": "ASYNC", "fee_cents": "1,00", "vat": "22"}  # fmt: skip


@pytest.fixture(autouse=True)
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "io_url", "http://127.0.0.1:9/api/v1")
    monkeypatch.setattr(settings.ENVIRONMENT, "send_url", "http://127.0.0.1:9")


def written() -> list[ChannelAccess]:
    """What Borgo has: a visit leaves no schema behind."""
    with schema_context("borgo"):
        return list(ChannelAccess.objects.select_related("service"))


class TestPlatforms:
    def test_a_key_is_written_once_and_never_shown(self, borgo, visit) -> None:
        page = visit("ada@example.org")
        assert "non ha ancora scritto" in page.get(LIST).content.decode()
        assert page.post(IO, {"key": KEY, "active": "on"}).status_code == 302
        (access,) = written()
        assert (access.channel, access.active, unseal(access.key_sealed)) == ("IO", True, KEY)
        shown = (
            page.get(LIST).content.decode() + page.get(f"{IO}?chiave={access.pk}").content.decode()
        )
        assert "attivo" in shown
        assert KEY not in shown
        assert access.key_sealed not in shown
        page.post(IO, {"key": ""})
        (access,) = written()
        assert (access.active, unseal(access.key_sealed)) == (False, KEY)
        with schema_context("valle"):
            assert ChannelAccess.objects.count() == 0

    def test_a_refused_form_does_not_give_the_key_back(self, borgo, visit) -> None:
        answer = visit("ada@example.org").post(SEND, {**WHOLE, "key": KEY, "taxonomy": "breve"})
        assert answer.status_code == 422
        assert "sei cifre e una lettera" in answer.content.decode()
        assert KEY not in answer.content.decode()
        assert written() == []

    def test_send_keeps_how_it_notifies(self, borgo, visit) -> None:
        page = visit("ada@example.org")
        assert (
            page.post(SEND, {**WHOLE, "key": KEY, "active": "on", "vat": "10"}).status_code == 302
        )
        (access,) = written()
        assert access.settings == {
            "taxonomy": "010101P", "letter": "AR_REGISTERED_LETTER", "policy": "FLAT_RATE", "integration": "ASYNC", "fee_cents": 100,
            "vat": 10, "group": "",
        }  # fmt: skip

    def test_a_service_may_have_its_own(self, borgo, visit) -> None:
        with schema_context("borgo"):
            service = Service.objects.get(code="TARI")
        visit("ada@example.org").post(IO, {"key": KEY, "service": service.pk, "active": "on"})
        assert [one.service for one in written()] == [service]

    def test_only_who_administers(self, borgo, visit) -> None:
        page = visit("bruno@example.org")
        assert [page.get(where).status_code for where in (LIST, IO, SEND)] == [403, 403, 403]
        assert page.post(IO, {"key": KEY, "active": "on"}).status_code == 403
        assert written() == []

    def test_a_platform_that_is_not_there_cannot_be_turned_on(
        self, borgo, visit, monkeypatch
    ) -> None:
        monkeypatch.setattr(settings.ENVIRONMENT, "send_url", "")
        page = visit("ada@example.org")
        assert "non è collegata a SEND" in page.get(LIST).content.decode()
        assert page.get(SEND).status_code == 404
        assert page.get("/ufficio/invii/piattaforme/SMS/").status_code == 404
