"""Filling a message: every placeholder typed, nothing of a debtor's data able to add a link or a
line.
"""

import re
import string
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.channels.ready_texts import SERVICES, notice_email, reminder_sms
from dunning.rules.placeholders import (
    MAX_NAME,
    MessageFacts,
    PlaceholderRefused,
    break_links,
    render_html,
    render_text,
)
from dunning.rules.sms_text import fit_sms, measure_sms

FACTS = MessageFacts(
    nome="Ada Neri",
    importo_cents=123456,
    scadenza=date(2026, 6, 16),
    avviso="301000000000000123",
    ente="Comune di Borgo",
    link="https://borgo.example/paga",
)


class TestFilling:
    def test_each_placeholder_has_its_form(self) -> None:
        whole = render_text("{nome}|{importo}|{scadenza}|{avviso}|{ente}|{link}", FACTS)
        assert whole == (
            "Ada Neri|1.234,56 €|16/06/2026|301000000000000123|Comune di Borgo|https://borgo.example/paga"
        )

    @pytest.mark.parametrize(
        "template", ["{cognome}", "{}", "{nome.x}", "{nome!r}", "{ nome }", "{importo:>9}"]
    )
    def test_an_unknown_placeholder_is_refused(self, template: str) -> None:
        with pytest.raises(PlaceholderRefused, match="non esiste"):
            render_text(template, FACTS)

    @pytest.mark.parametrize("template", ["{nome", "nome}", "{{nome}}", "{nome}}"])
    def test_a_lonely_brace_is_refused(self, template: str) -> None:
        with pytest.raises(PlaceholderRefused, match="graffa"):
            render_text(template, FACTS)

    def test_a_value_is_not_read_again(self) -> None:
        assert render_text("{nome}", replace(FACTS, nome="{link}{importo}")) == "{link}{importo}"

    def test_html_is_escaped(self) -> None:
        facts = replace(FACTS, nome='<b>Ada</b> & "C"', link='https://borgo.example/?a=1&b="x')
        html = render_html('<a href="{link}">{nome}</a>', facts)
        assert html == (
            '<a href="https://borgo.example/?a=1&amp;b=&quot;x">'
            "&lt;b&gt;Ada&lt;/b&gt; &amp; &quot;C&quot;</a>"
        )

    @pytest.mark.parametrize(
        ("change", "slot"),
        [
            ({"nome": " \n\u200b"}, "{nome}"),
            ({"ente": ""}, "{ente}"),
            ({"importo_cents": 0}, "{importo}"),
            ({"importo_cents": -100}, "{importo}"),
            ({"avviso": "12345"}, "{avviso}"),
            ({"avviso": "٣" * 18}, "{avviso}"),
            ({"link": ""}, "{link}"),
            ({"link": "javascript:alert(1)"}, "{link}"),
            ({"link": "https://borgo.example/\nBcc: x"}, "{link}"),
            ({"link": "https://borgo.example@truffa.example/"}, "{link}"),
        ],
    )
    def test_a_value_of_the_wrong_kind_is_refused(
        self, change: dict[str, object], slot: str
    ) -> None:
        with pytest.raises(PlaceholderRefused):
            render_text(slot, replace(FACTS, **change))  # type: ignore[arg-type]  # one field a case


class TestNames:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("ROSSI S.R.L.", "ROSSI S.R.L."),
            ("D'Amico-Nuñez Òscar", "D'Amico-Nuñez Òscar"),
            ("www.truffa.it", "www. truffa. it"),
            ("Ada https://truffa.it/paga", "Ada truffa. it/paga"),
            ("Ada\r\nBcc: tutti", "Ada Bcc: tutti"),
            ("t.co/abc", "t. co/abc"),
            ("truffa。it", "truffa. it"),
            ("truffa．it", "truffa. it"),
            ("Ada\u202eireN\u200b", "AdaireN"),
            ("Ada\u2028Neri\x00", "Ada Neri"),
        ],
    )
    def test_known_cases(self, name: str, shown: str) -> None:
        assert break_links(name) == shown

    @given(st.text(string.ascii_letters + "./:-@ 。．\n\u200b", max_size=120))
    def test_no_name_holds_an_address(self, name: str) -> None:
        shown = break_links(name)
        assert "://" not in shown
        assert not any(ord(char) < 32 for char in shown)
        assert len(shown) <= MAX_NAME
        assert not re.search(r"\w[.。．][a-zA-Z]{2}", shown)


class TestReadyTexts:
    @pytest.mark.parametrize("service", SERVICES)
    def test_the_reminder_fits_and_is_courteous(self, service: str) -> None:
        long = replace(
            FACTS, ente="Ordine degli Ingegneri della Provincia di Valle", importo_cents=999_999_99
        )
        text = fit_sms(render_text(reminder_sms(service), long), max_parts=2)
        assert measure_sms(text).parts == 2
        assert "Se ha già pagato, non tenga conto di questo messaggio." in text
        assert FACTS.avviso in text
        assert "http" not in text

    @pytest.mark.parametrize("service", SERVICES)
    def test_the_email_says_what_how_and_who(self, service: str) -> None:
        email = notice_email(service)
        for rendered in (render_text(email.text, FACTS), render_html(email.html, FACTS)):
            for needed in (FACTS.avviso, "1.234,56 €", "16/06/2026", "Comune di Borgo", FACTS.link):
                assert needed in rendered
            assert "Se ha già pagato, non tenga conto di questo messaggio." in rendered
        assert "\n" not in render_text(email.subject, FACTS)

    def test_an_unknown_service_has_none(self) -> None:
        with pytest.raises(LookupError):
            reminder_sms("../documents")
