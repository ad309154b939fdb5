"""The page on the Ente's mail domain: what the DNS says, in words, for who administers."""

from typing import Any

import pytest
from django.conf import settings

from tests.dns_server import dns_server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]


def test_it_says_what_is_there_and_what_to_do(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        settings.ENVIRONMENT, "email_senders", {"borgo": "avvisi@posta.borgo.example"}
    )
    with dns_server({"posta.borgo.example": ["v=spf1 mx -all"]}) as server:
        monkeypatch.setattr(settings.ENVIRONMENT, "dns_server", server)
        page = visit("ada@example.org").get("/ufficio/posta/").content.decode()
        assert "avvisi@posta.borgo.example" in page
        assert "v=spf1 mx -all" in page
        assert [page.count(words) for words in ("In ordine", "Da fare")] == [1, 2]
        assert visit("elena@example.org").get("/ufficio/posta/").status_code == 403
