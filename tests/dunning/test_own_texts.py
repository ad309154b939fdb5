"""Waves say the Ente's own words: only authorised ones, the very ones that were simulated, and kept with each message."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.library import ready_kinds, ready_text
from dunning.models import Attempt, TextVersion, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Block, Form
from dunning.selectors.samples import wave_samples
from dunning.services.planning import plan_notices, plan_reminders, plan_step
from dunning.services.policies import write_policy
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.texts import approve_text, retire_text, write_text
from dunning.services.waves import approve_wave
from tests.build import AT, make_position
from tests.dunning.conftest import go, loaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
LATER = datetime(2026, 7, 1, 8, tzinfo=UTC)


def tari() -> int:
    return Service.objects.get(code="TARI").pk


@pytest.fixture
def authorised(ada, elena):
    """The ready text of that act and form, changed as asked, written by Ada and authorised by Elena."""

    def write(act: Act, form: Form, **changes: object) -> TextVersion:
        draft = ready_text("TARI", act, form)
        assert draft is not None
        version = write_text(service_id=tari(), draft=replace(draft, **changes), actor=ada, at=AT)
        return approve_text(version_id=version.pk, actor=elena, at=AT, seen=version.sha256)

    return write


def reminder(ada, channel: str = "SMS") -> Wave:
    return plan_reminders(
        service_id=tari(), channel=channel, actor=ada, at=LATER, today=LATER.date()
    )


@pytest.mark.usefixtures("wired")
def test_the_words_that_leave_are_the_authorised_ones(
    authorised, ada, elena, person, borgo, valle
) -> None:
    authorised(Act.MEMO, Form.EMAIL)
    make_position(subject=person(name="Bianchi Lia"), rates=())
    wave = reminder(ada, "EMAIL")
    seen = wave_samples(wave, borgo, "https://borgo.example/")[0]
    go(wave, elena)
    said = Attempt.objects.get(item__wave=wave)
    assert said.body == seen.text
    assert (
        said.subject_line
        == "Comune di Borgo: promemoria di pagamento della tassa sui rifiuti (TARI)"
    )
    for words in ("Gentile Bianchi Lia,", "Capitale: 120,00 €\nInteressi: 0,00 €\nSpese: 0,00 €",
                  "con il numero avviso 3", "entro 15 giorni", "Se ha già pagato"):  # fmt: skip
        assert words in said.body
    assert list(ledger_problems()) == []
    with schema_context("valle"):
        assert not TextVersion.objects.exists()
        assert not Attempt.objects.exists()


@pytest.mark.usefixtures("wired")
def test_the_notice_speaks_german_too(authorised, ada, elena, person) -> None:
    authorised(Act.NOTICE, Form.EMAIL)
    wave = plan_notices(
        load_id=loaded(make_position(subject=person())).pk, actor=ada, at=AT, today=AT.date()
    )
    go(wave, elena)
    said = Attempt.objects.get(item__wave=wave)
    italian, name, german = said.body.partition("———  Deutsch  ———")
    assert "Se ha già pagato" in italian
    assert name
    assert "bereits bezahlt" in german
    assert said.attachment_sha256


def test_a_text_nobody_authorised_is_not_used(ada, person) -> None:
    draft = ready_text("TARI", Act.MEMO, Form.SMS)
    assert draft is not None
    write_text(service_id=tari(), draft=draft, actor=ada, at=AT)
    make_position(subject=person())
    assert reminder(ada).texts == {}


def test_a_text_retired_or_overtaken_after_the_simulation_stops_the_approval(
    authorised, ada, elena, person
) -> None:
    first = authorised(Act.MEMO, Form.SMS)
    make_position(subject=person())
    overtaken = reminder(ada)
    assert overtaken.texts == {"SMS": first.pk}
    shorter = Block("{ente}: {importo} da pagare con {avvisi}. Se ha già pagato, grazie.")
    second = authorised(Act.MEMO, Form.SMS, blocks=(shorter,))
    with pytest.raises(ApprovalRefused, match="versione 1, non è autorizzato"):
        approve_wave(wave_id=overtaken.pk, actor=elena, at=LATER)
    fresh = reminder(ada)
    retire_text(version_id=second.pk, reason="Nuovo regolamento", actor=elena, at=LATER)
    with pytest.raises(ApprovalRefused, match="versione 2, non è autorizzato"):
        approve_wave(wave_id=fresh.pk, actor=elena, at=LATER)


def test_words_swapped_after_the_simulation_void_it(authorised, ada, elena, person) -> None:
    authorised(Act.MEMO, Form.SMS)
    other = authorised(Act.REMINDER, Form.SMS)
    make_position(subject=person())
    wave = reminder(ada)
    Wave.objects.filter(pk=wave.pk).update(texts={"SMS": other.pk})
    with pytest.raises(ApprovalRefused, match="testi sono cambiati"):
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)


def test_a_formal_act_by_pec_needs_the_words_of_the_ente(authorised, ada, elena, person) -> None:
    formal = StepDraft("FORMALE", "SCADENZA", 10, ("PEC",), needs_approval=True)
    write_policy(service_id=tari(), steps=[formal], actor=ada, at=AT)
    position = make_position(subject=person(pec="lia@pec.example"))
    type(position).objects.filter(pk=position.pk).update(noticed_at=AT)

    def step() -> Wave:
        return plan_step(service_id=tari(), number=1, actor=ada, at=LATER, today=date(2026, 7, 1))

    with pytest.raises(WaveRefused, match="manca il testo autorizzato dall'Ente: PEC"):
        step()
    authorised(Act.DEMAND, Form.PEC)
    wave = step()
    assert approve_wave(wave_id=wave.pk, actor=elena, at=LATER).state == Wave.State.APPROVED


def test_an_order_authorises_its_own_and_no_assessment_is_offered(valle, ada, elena) -> None:
    with schema_context("valle"):
        service = Service.objects.get(code="QUOTA")
        kinds = ready_kinds(service.code)
        assert Act.ASSESSMENT not in {act for act, _ in kinds}
        for act, form in kinds:
            draft = ready_text(service.code, act, form)
            assert draft is not None
            version = write_text(service_id=service.pk, draft=draft, actor=ada, at=AT)
            approve_text(version_id=version.pk, actor=elena, at=AT)
        assert TextVersion.objects.count() == len(kinds)
    with schema_context("borgo"):
        assert not TextVersion.objects.exists()
