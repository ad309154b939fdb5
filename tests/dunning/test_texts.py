"""The Ente's own texts: what they must say, the law with its dates, two persons, versions that never change."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import Error, transaction
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.channels.library import ready_kinds, ready_text
from dunning.models import TextVersion
from dunning.rules.legal_texts import LawRefused, legal_block, outdated, written_out
from dunning.rules.placeholders import NO_NOTICE, PlaceholderRefused, render_html, render_text
from dunning.rules.template_checks import LONGEST, Act, Block, Form, TextRefused
from dunning.selectors.texts import lines_changed, state_of, text_in_force, why_unusable
from dunning.services.texts import approve_text, refuse_text, retire_text, write_text
from paybox.kernel.models import AuditEntry
from tests.build import AT

SERVICES = ("TARI", "QUOTA", "MENSA")


def tari() -> int:
    return Service.objects.get(code="TARI").pk


def ready(act: Act = Act.REMINDER, form: Form = Form.EMAIL, service: str = "TARI"):
    return ready_text(service, act, form)


def without(draft, words: str):
    """The draft with every block that says ``words`` taken away."""
    return replace(draft, blocks=tuple(b for b in draft.blocks if words not in b.text + b.code))


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
class TestVersions:
    @pytest.mark.parametrize("code", SERVICES)
    def test_every_ready_text_can_be_written_and_authorised(self, code, ada, elena) -> None:
        for act, form in ready_kinds(code):
            version = write_text(service_id=tari(), draft=ready(act, form, code), actor=ada, at=AT)
            approve_text(version_id=version.pk, actor=elena, at=AT, seen=version.sha256)
            in_force = text_in_force(service_id=tari(), act=act.value, form=form.value)
            assert in_force == version
            assert "{legge." not in "".join(block["text"] for block in version.blocks)

    def test_the_second_person_authorises_and_the_version_before_is_retired(
        self, ada, elena, valle
    ) -> None:
        first = write_text(service_id=tari(), draft=ready(), actor=ada, at=AT)
        assert (state_of(first), text_in_force(service_id=tari(), act="SOLLECITO", form="EMAIL")) == (
            "Da autorizzare", None,
        )  # fmt: skip
        with pytest.raises(TextRefused, match="persona diversa"):
            approve_text(version_id=first.pk, actor=ada, at=AT)
        with pytest.raises(TextRefused, match="rileggerlo"):
            approve_text(version_id=first.pk, actor=elena, at=AT, seen="altro")
        approve_text(version_id=first.pk, actor=elena, at=AT, seen=first.sha256)
        with pytest.raises(TextRefused, match="uguale"):
            write_text(service_id=tari(), draft=ready(), actor=ada, at=AT)
        second = write_text(
            service_id=tari(), draft=replace(ready(), term_days=20), actor=elena, at=AT
        )
        approve_text(version_id=second.pk, actor=ada, at=AT)
        assert (state_of(first), state_of(second)) == ("Ritirato", "Autorizzato")
        changed = [line for line in lines_changed(first, second) if line.sign != " "]
        assert [(line.sign, line.text) for line in changed] == [
            ("-", "Termine per pagare: 15 giorni"), ("+", "Termine per pagare: 20 giorni"),
        ]  # fmt: skip
        actions = AuditEntry.objects.filter(action__startswith="dunning.text.").order_by("pk")
        assert [entry.action.rpartition(".")[2] for entry in actions] == [
            "written", "approved", "written", "retired", "approved",
        ]  # fmt: skip
        with schema_context("valle"):
            assert not TextVersion.objects.exists()

    def test_a_refused_or_retired_version_never_comes_back(self, ada, elena) -> None:
        first = write_text(service_id=tari(), draft=ready(), actor=ada, at=AT)
        with pytest.raises(TextRefused, match="motivo"):
            refuse_text(version_id=first.pk, reason=" ", actor=elena, at=AT)
        refuse_text(version_id=first.pk, reason="Tono troppo duro", actor=elena, at=AT)
        with pytest.raises(TextRefused, match="già stato deciso"):
            approve_text(version_id=first.pk, actor=elena, at=AT)
        again = replace(ready(), term_days=30)
        second = write_text(service_id=tari(), draft=again, actor=ada, at=AT)
        approve_text(version_id=second.pk, actor=elena, at=AT)
        retire_text(version_id=second.pk, reason="Nuovo regolamento", actor=ada, at=AT)
        assert "non è autorizzato" in why_unusable(second, on=AT.date())
        assert text_in_force(service_id=tari(), act="SOLLECITO", form="EMAIL") is None

    def test_nobody_changes_a_version_not_even_by_hand(self, ada) -> None:
        version = write_text(service_id=tari(), draft=ready(), actor=ada, at=AT)
        for blow in (lambda v: v.update(subject="altro"), lambda v: v.delete()):
            with pytest.raises(Error, match="permission denied"), transaction.atomic():
                blow(TextVersion.objects.filter(pk=version.pk))

    def test_a_legal_block_says_the_law_whatever_was_typed(self, ada) -> None:
        draft = ready(Act.DEMAND, Form.LETTER)
        forged = replace(
            draft,
            blocks=tuple(Block("Paghi e basta.", b.code) if b.code else b for b in draft.blocks),
        )
        version = write_text(service_id=tari(), draft=forged, actor=ada, at=AT)
        mora = next(block["text"] for block in version.blocks if block["code"] == "MORA")
        assert "articolo 1219 del codice civile" in mora
        assert version.references == {
            "mora": "articolo 1219 del codice civile",
            "prescrizione": "articolo 2943 del codice civile",
        }

    def test_a_change_of_law_asks_for_a_new_version(self, ada, elena) -> None:
        draft = ready()
        citing = replace(draft, blocks=(*draft.blocks, Block("Si veda l'{legge.intimazione}.")))
        before = write_text(service_id=tari(), draft=citing, actor=ada, at=AT)
        approve_text(version_id=before.pk, actor=elena, at=AT)
        assert why_unusable(before, on=date(2026, 12, 31)) == ""
        assert "norme cambiate" in why_unusable(before, on=date(2027, 1, 1))
        later = datetime(2027, 1, 1, 9, tzinfo=UTC)
        after = write_text(service_id=tari(), draft=citing, actor=ada, at=later)
        assert after.version == 2
        assert "24 marzo 2025, n. 33" in after.blocks[-1]["text"]


@pytest.mark.parametrize(
    ("act", "form", "gone", "words"),
    [
        (Act.ASSESSMENT, Form.LETTER, "INTIMAZIONE", "intimazione a pagare"),
        (Act.ASSESSMENT, Form.LETTER, "TITOLO", "titolo esecutivo"),
        (Act.ASSESSMENT, Form.PEC, "RISCOSSORE", "soggetto che procederà"),
        (Act.DEMAND, Form.LETTER, "MORA", "costituzione in mora"),
        (Act.REMINDER, Form.EMAIL, "{capitale}", "capitale, gli interessi e le spese"),
        (Act.REMINDER, Form.EMAIL, "{avvisi}", "come si paga"),
        (Act.MEMO, Form.EMAIL, "{giorni}", "almeno 10 giorni"),
        (Act.REMINDER, Form.LETTER, "{ufficio}", "quale ufficio"),
        (Act.MEMO, Form.EMAIL, "già pagato", "se ha già pagato"),
        (Act.NOTICE, Form.EMAIL, "{ufficio}", "quale ufficio"),
    ],
)
@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
def test_what_an_act_must_say(act, form, gone, words, ada) -> None:
    with pytest.raises(TextRefused, match=words):
        write_text(service_id=tari(), draft=without(ready(act, form), gone), actor=ada, at=AT)
    assert not TextVersion.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"term_days": 9}, "almeno 10 giorni"),
        ({"subject": " "}, "Manca l'oggetto"),
        ({"subject": "{nessuno}"}, "segnaposto {nessuno} non esiste"),
        ({"subject": "Avviso {avviso}"}, "serve {avvisi}"),
        ({"second_language": "de"}, "seconda lingua"),
        ({"act": Act.DEMAND}, "solo per PEC o per lettera"),
    ],
)
@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
def test_what_no_text_may_be(changed, words, ada) -> None:
    with pytest.raises(TextRefused, match=words):
        write_text(service_id=tari(), draft=replace(ready(), **changed), actor=ada, at=AT)


@pytest.mark.parametrize(
    ("added", "words"),
    [(" È urgente", "raddoppiano il costo: È"), (" molto" * 60, "il massimo è 3")],
)
@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
def test_an_sms_stays_short_and_in_its_alphabet(added, words, ada) -> None:
    draft = ready(Act.MEMO, Form.SMS)
    longer = replace(draft, blocks=(Block(draft.blocks[0].text + added),))
    with pytest.raises(TextRefused, match=words):
        write_text(service_id=tari(), draft=longer, actor=ada, at=AT)


class TestPlaceholders:
    def test_each_kind_of_value(self) -> None:
        facts = replace(LONGEST, importo_cents=10_550, capitale_cents=10_000, interessi_cents=50, spese_cents=500,
                        iban="it60x0542811101000000123456")  # fmt: skip
        said = render_text(
            "{capitale}+{interessi}+{spese}={importo}; {iban}; {iuv}; {giorni}", facts
        )
        iuv = "3" * 17
        assert said == (
            f"100,00 €+0,50 €+5,00 €=105,50 €; IT60 X054 2811 1010 0000 0123 456; {iuv}; 60"
        )

    @pytest.mark.parametrize(
        ("changed", "template"),
        [
            ({"interessi_cents": 1}, "{capitale}"),
            ({"iban": "IT60X0542811101000000123457"}, "{iban}"),
            ({"giorni": 0}, "{giorni}"),
            ({"riscossore": ""}, "{riscossore}"),
            ({"ufficio": ""}, "{ufficio}"),
        ],
    )
    def test_a_wrong_value_is_refused(self, changed, template) -> None:
        with pytest.raises(PlaceholderRefused):
            render_text(template, replace(LONGEST, **changed))

    def test_values_are_escaped_and_several_notices_are_not_numbered(self) -> None:
        facts = replace(LONGEST, ufficio="<b>Tributi</b>", avviso=NO_NOTICE)
        said = render_html("{ufficio} con {avvisi}", facts)
        assert said == "&lt;b&gt;Tributi&lt;/b&gt; con gli avvisi già ricevuti"


def test_the_law_has_dates() -> None:
    assert "n. 602" in written_out("{legge.intimazione}", on=date(2026, 12, 31))
    assert "n. 33" in written_out("{legge.intimazione}", on=date(2027, 1, 1))
    assert outdated({"intimazione": "altro", "mora": "articolo 1219 del codice civile"}, on=AT.date()) == ["intimazione"]  # fmt: skip
    with pytest.raises(LawRefused):
        legal_block("TITOLO", on=date(2019, 12, 31))
    with pytest.raises(LawRefused):
        written_out("{legge.nessuna}", on=AT.date())
