"""How a *tipo di dovuto* is set up: accounts, shares of other bodies, the amount of the day, the catalogue."""

from typing import Any

import pytest
from django.conf import settings

from billing.models import Service
from billing.rules.taxonomy import TaxonomyRefused, check_taxonomy

POSTAL = "IT10X0760111101000000123456"
BANK = "IT60X0542811101000000123456"
TEFA = {
    "riga1-nome": "Provincia di Valle", "riga1-codice_fiscale": "80098765432", "riga1-iban": BANK,
    "riga1-tassonomia": "0201102im", "riga1-measure": "sul_tributo", "riga1-amount": "5",
}  # fmt: skip


def tari() -> Service:
    return Service.objects.get(code="TARI")


def post(browser: Any, tail: str, fields: dict[str, Any]) -> Any:
    return browser.post(f"/ufficio/tipi-di-dovuto/{tari().pk}/{tail}", fields)


def form_of(browser: Any) -> dict[str, Any]:
    """The form of the service as the browser shows it."""
    shown = browser.get(f"/ufficio/tipi-di-dovuto/{tari().pk}/").context["form"]
    values = {field.html_name: field.value() for field in shown}
    return {name: value for name, value in values.items() if value not in (None, False)}


@pytest.mark.django_db
class TestShares:
    def test_kept_shown_again_and_taken_away(self, borgo, ada_browses):
        assert post(ada_browses, "quote/", TEFA).status_code == 302
        assert tari().shares == [
            {
                "nome": "Provincia di Valle", "codice_fiscale": "80098765432", "iban": BANK,
                "tassonomia": "9/0201102IM/", "sul_tributo": 500,
            }
        ]  # fmt: skip
        page = ada_browses.get(f"/ufficio/tipi-di-dovuto/{tari().pk}/quote/").content.decode()
        assert 'value="5,00"' in page
        assert "Provincia di Valle" in page
        assert post(ada_browses, "quote/", {"riga1-measure": "percento"}).status_code == 302
        assert tari().shares == []

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"riga1-iban": ""}, "Compilare questo campo"),
            ({"riga1-iban": BANK[:-1] + "7"}, "contiene un errore"),
            ({"riga1-iban_postale": BANK}, "conto corrente postale"),
            ({"riga1-codice_fiscale": "8009876543"}, "undici cifre"),
            ({"riga1-tassonomia": "TARI"}, "sette cifre e due lettere"),
            ({"riga1-amount": "0"}, "maggiore di zero"),
            ({"riga1-measure": "percento", "riga1-amount": "100"}, "minore di 100"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(self, borgo, ada_browses, wrong, words):
        answer = post(ada_browses, "quote/", TEFA | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert tari().shares == []


@pytest.mark.django_db
class TestSecondLanguage:
    def test_german_or_nothing(self, borgo, ada_browses):
        assert (
            post(ada_browses, "", form_of(ada_browses) | {"second_language": "de"}).status_code
            == 302
        )
        assert tari().second_language == "de"
        assert (
            post(ada_browses, "", form_of(ada_browses) | {"second_language": "fr"}).status_code
            == 422
        )
        assert (
            post(ada_browses, "", form_of(ada_browses) | {"second_language": ""}).status_code == 302
        )
        assert tari().second_language == ""


@pytest.mark.django_db
class TestAmountOfTheDay:
    def test_kept_and_shown_again(self, borgo, ada_browses):
        fields = {
            "riga1-kind": "LEGALI", "riga1-days": "0", "riga1-since": "2026-01-01",
            "riga2-kind": "SPESE", "riga2-figure": "7,80", "riga2-days": "60", "riga2-since": "2026-01-01",
            "riga3-kind": "RIDUZIONE", "riga3-figure": "30", "riga3-days": "5", "riga3-since": "2026-02-01",
        }  # fmt: skip
        assert post(ada_browses, "importo/", fields).status_code == 302
        assert tari().amount_rules == [
            {"tipo": "INTERESSI", "dal": "2026-01-01", "giorni": 0},
            {"tipo": "SPESE", "dal": "2026-01-01", "giorni": 60, "centesimi": 780},
            {"tipo": "RIDUZIONE", "dal": "2026-02-01", "giorni": 5, "percento": 3_000},
        ]
        page = ada_browses.get(f"/ufficio/tipi-di-dovuto/{tari().pk}/importo/").content.decode()
        assert 'value="7,80"' in page
        assert 'value="2026-02-01"' in page
        assert post(ada_browses, "importo/", {}).status_code == 302
        assert tari().amount_rules == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"riga1-kind": "SPESE", "riga1-days": "0", "riga1-since": "2026-01-01"},
            {"riga1-kind": "LEGALI", "riga1-days": "0"},
            {"riga1-kind": "RIDUZIONE", "riga1-figure": "100", "riga1-days": "5", "riga1-since": "2026-01-01"},
            {"riga1-figure": "5"},
        ],
    )  # fmt: skip
    def test_half_a_rule_is_none(self, borgo, ada_browses, fields):
        assert post(ada_browses, "importo/", fields).status_code == 422
        assert tari().amount_rules == []


@pytest.mark.django_db
class TestTheServiceItself:
    def test_postal_account_metadata_and_catalogue(self, borgo, ada_browses):
        fields = form_of(ada_browses) | {
            "postal_iban": POSTAL, "metadata": "anno = 2026\r\nufficio = Tributi", "allows_spontaneous": "on",
            "allows_demand": "on", "demand_code": "00042", "demand_names": "cfDebitore = codice_fiscale",
            "taxonomy": "0101101im",
        }  # fmt: skip
        assert post(ada_browses, "", fields).status_code == 302
        kept = tari()
        assert (kept.postal_iban, kept.taxonomy) == (POSTAL, "9/0101101IM/")
        assert kept.metadata == {"anno": "2026", "ufficio": "Tributi"}
        assert (kept.allows_demand, kept.demand_code) == (True, "00042")
        assert kept.demand_names == {"cfDebitore": "codice_fiscale"}
        shown = form_of(ada_browses)
        assert shown["metadata"] == "anno = 2026\nufficio = Tributi"
        assert post(ada_browses, "", shown).status_code == 302
        assert tari().metadata == kept.metadata

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"postal_iban": BANK}, "conto corrente postale"),
            ({"taxonomy": "9/0101101XX/"}, "sette cifre e due lettere"),
            ({"allows_demand": "on", "allows_spontaneous": "on"}, "cinque caratteri"),
            ({"allows_demand": "on", "demand_code": "00042"}, "offerto al pubblico"),
            ({"metadata": "anno"}, "chiave = valore"),
            ({"metadata": "anno = 1\nanno = 2"}, "due volte"),
        ],
    )
    def test_what_is_wrong_is_said(self, borgo, ada_browses, wrong, words):
        answer = post(ada_browses, "", form_of(ada_browses) | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()

    def test_only_the_codes_in_use_where_they_are_listed(self, borgo, ada_browses, monkeypatch):
        monkeypatch.setattr(settings.ENVIRONMENT, "taxonomy", ["9/0101101IM/"])
        fields = form_of(ada_browses)
        assert post(ada_browses, "", fields | {"taxonomy": "9/0101101IM/"}).status_code == 302
        refused = post(ada_browses, "", fields | {"taxonomy": "9/0201102IM/"})
        assert "non è fra quelli in uso" in refused.content.decode()


@pytest.mark.parametrize("typed", ["0101101IM", "9/0101101IM/", " 9/0101101im "])
def test_a_taxonomy_code_in_its_frame(typed):
    assert check_taxonomy(typed) == "9/0101101IM/"


@pytest.mark.parametrize("typed", ["", "9//", "9/0101101/", "0101101IMX", "8/0101101IM/"])
def test_what_is_no_taxonomy_code(typed):
    with pytest.raises(TaxonomyRefused):
        check_taxonomy(typed)


@pytest.mark.django_db
class TestNew:
    WHOLE = {
        "name": "Mensa scolastica", "code": "mensa", "causale": "Mensa", "taxonomy": "9/0101115TS/", "sector": "Scuola",
    }  # fmt: skip

    def test_opened_and_led_to_its_page(self, borgo, ada_browses):
        answer = ada_browses.post("/ufficio/tipi-di-dovuto/nuovo/", self.WHOLE)
        mensa = Service.objects.get(code="MENSA")
        assert answer["location"] == f"/ufficio/tipi-di-dovuto/{mensa.pk}/"
        assert (mensa.name, mensa.taxonomy, mensa.is_active) == (
            "Mensa scolastica", "9/0101115TS/", True,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"code": "TARI"}, "già un tipo di dovuto"),
            ({"code": "A B"}, "lettere maiuscole"),
            ({"taxonomy": "TARI"}, "sette cifre e due lettere"),
            ({"name": ""}, "obbligatorio"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field(self, borgo, ada_browses, wrong, words):
        before = Service.objects.count()
        answer = ada_browses.post("/ufficio/tipi-di-dovuto/nuovo/", self.WHOLE | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert Service.objects.count() == before
