"""ZERO_CARTA in the office: the signed form entered by an operator, the printed invitation, the figures and the savings."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from django_tenants.utils import schema_context

from billing.selectors.channels import digital_subjects
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.savings import Savings, UnitCosts, savings_of
from dunning.selectors.savings import measured_savings
from paybox.kernel.actor import Actor
from paybox.kernel.models import OutboxEntry
from registry.models import Consent, Invitation, Subject
from registry.services.paper_costs import PaperCostRefused, set_paper_costs
from tests.build import AT, make_position, make_subject
from tests.documents.test_letters import assert_accessible

YEAR = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)}
SIGNED = {"signed_on": "01/03/2026", "version": "2026-01", "signed": "on"}


@pytest.fixture
def person(borgo: Any) -> Subject:
    return make_subject(email="", mobile="")


def sent(person: Subject, *, state: str, channel: str = "EMAIL", mills: int = 1) -> WaveItem:
    """One item of a first notice, as sending leaves it."""
    position = make_position(subject=person)
    wave = Wave.objects.create(
        kind=Wave.Kind.NOTICE, service=position.service, channel=channel, template="tari", planned_on=AT.date(),
        created_at=AT, author_id=1, author_name="Ada",
    )  # fmt: skip
    item = WaveItem.objects.create(
        wave=wave, subject=person, position_ids=[position.pk], key="1", amount_cents=12_000, channel=channel,
        state=state, updated_at=AT,
    )  # fmt: skip
    told = {"INVIATO": "ACCETTATO", "RAGGIUNTO": "CONSEGNATO", "NON_RAGGIUNTO": "FALLITO_PERM"}
    Attempt.objects.create(
        item=item, channel=channel, address="a@b.example", cost_mills=mills, created_at=AT, sent_at=AT,
        state=told[state],
    )  # fmt: skip
    return item


class TestAtTheDesk:
    def test_an_operator_enters_the_signed_form(self, enter: Any, person: Subject) -> None:
        gina = enter("gina@example.org")
        url = f"/ufficio/contribuenti/{person.uuid}/consenso/"
        given = {"email": "mario@posta.example", "mobile": "333 111 2223", **SIGNED}
        assert gina.post(url, given).status_code == 302
        acts = Consent.objects.order_by("kind").values_list("kind", "value", "source", "actor_name")
        assert list(acts) == [
            ("EMAIL", "mario@posta.example", "MODULO_CARTACEO", "Gina Sarti"),
            ("MOBILE", "+393331112223", "MODULO_CARTACEO", "Gina Sarti"),
        ]
        assert str(Consent.objects.first().signed_on) == "2026-03-01"  # type: ignore[union-attr]  # two are there
        assert digital_subjects([person.pk]) == {person.pk}
        assert OutboxEntry.objects.filter(task="dunning.ask_contact").count() == 1
        assert "modulo cartaceo" in gina.get(url).content.decode()
        with schema_context("valle"):
            assert not Consent.objects.exists()
        assert gina.post(f"{url}revoca/").status_code == 302
        assert digital_subjects([person.pk]) == set()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"signed": ""}, "Senza firma"),
            ({"email": "mario@@posta"}, "chiocciola"),
            ({"mobile": "06 1234567"}, "telefono fisso"),
            ({"signed_on": "01/03/2999"}, "nel futuro"),
            ({"email": ""}, "Scrivere l&#x27;e-mail, il cellulare"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, enter: Any, person: Subject, change: dict[str, str], words: str
    ) -> None:
        url = f"/ufficio/contribuenti/{person.uuid}/consenso/"
        answer = enter("gina@example.org").post(url, {"email": "a@b.example", **SIGNED, **change})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Consent.objects.exists()

    def test_a_reader_may_not(self, enter: Any, person: Subject) -> None:
        bruno = enter("bruno@example.org")
        for path in ("consenso/", "consenso/revoca/", "invito.pdf"):
            assert bruno.post(f"/ufficio/contribuenti/{person.uuid}/{path}").status_code == 403
        assert not Invitation.objects.exists()

    def test_the_invitation_holds_her_code_and_no_contact(self, enter: Any, borgo: Any) -> None:
        person = make_subject(email="segreta@posta.example")
        answer = enter("gina@example.org").post(f"/ufficio/contribuenti/{person.uuid}/invito.pdf")
        pdf = pypdfium2.PdfDocument(io.BytesIO(answer.content))
        text = " ".join(pdf[0].get_textpage().get_text_range().split())
        code = Invitation.objects.get().code
        assert len(pdf) == 1
        assert f"{code[:5]}-{code[5:]}" in text
        assert "2026-01" in text
        assert "segreta" not in text
        assert_accessible(answer.content)
        assert _top_of(pdf, "Oggetto") < _top_of(pdf, "00010 Borgo (RM)", last=True)
        assert _qr_of(pdf).endswith(f"/zero-carta/?codice={code}")


class TestTheFigures:
    def test_the_four_savings_to_the_cent(self) -> None:
        costs = UnitCosts(
            sheets=2, sheet_mills=9, printing_mills=33, postage_mills=955, process_mills=251
        )
        saved = savings_of(letters=3, messages_mills=13, costs=costs)
        assert saved == Savings(3, 6, 5, 20, 287, 75, 1)
        assert (saved.total_cents, saved.net_cents) == (387, 386)

    def test_only_what_left_without_paper_counts(self, person: Subject, ada: Actor) -> None:
        sent(person, state="RAGGIUNTO")
        sent(person, state="INVIATO", mills=4)
        sent(person, state="NON_RAGGIUNTO")
        sent(person, state="INVIATO", channel="LETTERA")
        set_paper_costs(
            sheets=3, sheet_mills=10, printing_mills=50, postage_mills=1_000, process_mills=0, actor=ada, at=AT
        )  # fmt: skip
        saved = measured_savings(**YEAR)
        assert (saved.letters, saved.sheets, saved.total_cents, saved.messages_cents) == (
            2,
            6,
            236,
            1,
        )
        with schema_context("valle"):
            assert measured_savings(**YEAR).letters == 0

    def test_a_notice_counts_when_it_left_whenever_the_news_came(self, person: Subject) -> None:
        """A year that is told does not change afterwards; a try that never left cost nothing."""
        item = sent(person, state="RAGGIUNTO", mills=10)
        WaveItem.objects.filter(pk=item.pk).update(updated_at=AT + timedelta(days=365))
        Attempt.objects.create(
            item=item, channel="EMAIL", address="a@b.example", cost_mills=10, created_at=AT, try_number=2,
            state="FALLITO_TEMP",
        )  # fmt: skip
        saved = measured_savings(**YEAR)
        assert (saved.letters, saved.messages_cents) == (1, 1)

    def test_costs_that_cannot_be_are_refused(self, borgo: Any, ada: Actor) -> None:
        with pytest.raises(PaperCostRefused):
            set_paper_costs(
                sheets=0, sheet_mills=1, printing_mills=1, postage_mills=1, process_mills=1, actor=ada, at=AT
            )  # fmt: skip

    def test_the_pages(self, ada_browses: Any, person: Subject) -> None:
        sent(person, state="RAGGIUNTO")
        costs = {"sheets": "2", "sheet_mills": "0,01", "printing_mills": "0,05", "postage_mills": "1,255",
                 "process_mills": "0,2"}  # fmt: skip
        assert ada_browses.post("/ufficio/senza-carta/costi/", costs).status_code == 302
        page = ada_browses.get("/ufficio/senza-carta/?anno=2026").content.decode()
        assert "1,26" in page
        assert "1,58" in page
        wrong = ada_browses.post("/ufficio/senza-carta/costi/", {**costs, "sheet_mills": "0,0001"})
        assert wrong.status_code == 422


def _qr_of(pdf: Any) -> str:
    import zxingcpp

    return str(zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())[0].text)


def _top_of(pdf: Any, words: str, *, last: bool = False) -> float:
    """How high on the page these words stand, in points from its foot; ``last``: their last place."""
    page = pdf[0].get_textpage()
    found, searcher = [], page.search(words)
    while place := searcher.get_next():
        found.append(page.get_charbox(place[0])[1])
    return float(found[-1 if last else 0])
