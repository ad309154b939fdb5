"""What holds on every page of the office, whoever wrote it: the policy of its content, its language, its landmarks."""

import re
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from tenants.models import Ente
from tests.build import make_position

PAGES = (
    "/ufficio/",
    "/ufficio/cerca/?q=rossi",
    "/ufficio/posizioni/",
    "/ufficio/caricamenti/",
    "/ufficio/caricamenti/nuovo/",
    "/ufficio/invii/",
    "/ufficio/invii/nuovo/",
    "/ufficio/pagopa/",
    "/ufficio/pagopa/ricevute/",
    "/ufficio/pagopa/anomalie/",
    "/ufficio/pagopa/carrelli/",
    "/ufficio/lavori-non-riusciti/",
    "/ufficio/riconciliazione/",
    "/ufficio/tipi-di-dovuto/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/accounts/logout/",
)


class TestEveryPage:
    @pytest.mark.parametrize("url", PAGES)
    def test_no_inline_style_or_script_and_all_landmarks(
        self, ada_browses: Client, url: str
    ) -> None:
        make_position()
        answer = ada_browses.get(url)
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r"<[^>]+\sstyle=|<style|<script>|\son[a-z]+=", shown)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!borgo)", shown)
        assert '<html lang="it">' in shown
        assert '<main id="contenuto"' in shown
        assert shown.count("<h1") == 1
        assert 'href="#contenuto"' in shown
        assert '"historyCacheSize":0' in shown

    def test_the_footer_links_what_the_law_asks(
        self, ada_browses: Client, borgo: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with schema_context("public"):
            Ente.objects.filter(pk=borgo.pk).update(
                privacy_url="https://borgo.example/privacy",
                accessibility_url="https://borgo.example/a",
            )
        monkeypatch.setattr("paybox.tenancy._known", {})  # hosts are remembered for a minute
        shown = ada_browses.get("/ufficio/").content.decode()
        assert 'data-element="privacy-policy-link"' in shown
        assert 'data-element="accessibility-link"' in shown
