"""What a citizen types into the public form becomes a credit, or a clear refusal next to the field."""

from datetime import date, timedelta

import pytest

from billing.models import Collection, Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.form_answers import FormRefused
from billing.services.notices import notice_data
from billing.services.positions import PositionRefused
from billing.services.receipts import receipt_data
from billing.services.spontaneous import open_spontaneous
from paybox.kernel.actor import CITIZEN
from registry.models import Subject
from registry.services.subjects import SubjectData, ensure_subject
from tests.build import pay
from tests.conftest import NOW

TODAY = date(2026, 3, 2)
PAYER = SubjectData("F", "rssmra80a01h501u", " Mario  Rossi", "", email="Mario.Rossi@EXAMPLE.org")
ANSWERS = {"luogo": "Piazza del Popolo", "giorno": "2026-03-20", "metri": "12,5"}


@pytest.fixture
def occupazione(borgo):
    return Service.objects.get(code="OCCUPAZIONE")


@pytest.fixture
def declare(occupazione, now):
    def call(**given):
        asked = {
            "payer": PAYER,
            "amount_cents": 4_500,
            "answers": ANSWERS,
            "service": occupazione,
        } | given
        return open_spontaneous(segregation="01", actor=CITIZEN, at=now, today=TODAY, **asked)

    return call


def _problems(declare, **given):
    before = Position.objects.count(), Subject.objects.count()
    with pytest.raises(FormRefused) as refused:
        declare(**given)
    assert (Position.objects.count(), Subject.objects.count()) == before
    return refused.value.problems


def test_a_declared_credit_is_open_at_once(declare, occupazione):
    position = declare()
    notice = position.instalments.get()
    assert (notice.number, notice.amount_cents, notice.due_on) == (
        0,
        4_500,
        TODAY + timedelta(days=10),
    )
    assert position.origin == Position.Origin.FORM
    assert position.reference.startswith("SP-")
    assert position.causale == "Occupazione suolo pubblico - Piazza del Popolo"
    assert position.details == {
        "answers": {"luogo": "Piazza del Popolo", "giorno": "2026-03-20", "metri": "12.5"},
        "payer_name": "Mario Rossi",
    }
    assert (position.subject.name, position.subject.codice_fiscale) == (
        "Mario Rossi",
        "RSSMRA80A01H501U",
    )
    assert position.subject.contacts.get().value == "Mario.Rossi@example.org"
    told = TimelineEntry.objects.get(position=position)
    assert (told.kind, told.actor_name) == (TimelineEntry.Kind.OPENED, "cittadino")
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("cents", [1, 99_999_999])
def test_the_smallest_and_the_largest_amount(declare, cents):
    assert declare(amount_cents=cents).total_cents == cents


@pytest.mark.parametrize("cents", [0, -1, 100_000_000, None])
def test_amounts_that_nobody_can_pay(declare, cents):
    assert set(_problems(declare, amount_cents=cents)) == {"amount_cents"}


def test_a_fixed_amount_is_not_for_the_citizen_to_choose(declare, occupazione):
    occupazione.fixed_amount_cents = 1_600
    assert declare(amount_cents=1).total_cents == 1_600
    assert declare(amount_cents=None).total_cents == 1_600


@pytest.mark.parametrize(
    ("answers", "field", "message"),
    [
        ({"luogo": ""}, "luogo", "Compilare il campo «Luogo dell'occupazione»."),
        ({"luogo": "x" * 201}, "luogo", "Il testo è troppo lungo: al massimo 200 caratteri."),
        ({"luogo": "=A1"}, "luogo", "Il testo non può cominciare con = + - oppure @."),
        (
            {"giorno": "31/02/2026"},
            "giorno",
            "La data non è valida: scrivere giorno/mese/anno, ad esempio 31/01/2026.",
        ),
        ({"metri": "dodici"}, "metri", "Scrivere solo un numero, ad esempio 12 oppure 12,5."),
        ({"metri": "1e9"}, "metri", "Scrivere solo un numero, ad esempio 12 oppure 12,5."),
    ],
)
def test_every_wrong_answer_is_said_next_to_its_field(declare, answers, field, message):
    assert _problems(declare, answers=ANSWERS | answers) == {field: message}


def test_days_are_read_as_people_write_them(declare):
    assert (
        declare(answers=ANSWERS | {"giorno": "5/4/2026"}).details["answers"]["giorno"]
        == "2026-04-05"
    )


def test_every_wrong_field_is_said_at_once(declare):
    payer = SubjectData("F", "RSSMRA80A01H501X", " ", "", email="mario", mobile="moglie")
    problems = _problems(declare, payer=payer, amount_cents=0, answers={})
    assert set(problems) == {
        "codice_fiscale", "name", "email", "mobile", "amount_cents", "luogo", "giorno", "metri"
    }  # fmt: skip
    assert "dovrebbe essere «U»" in problems["codice_fiscale"]
    assert problems["name"] == "Scrivere nome e cognome."


def test_the_causale_does_not_say_who_pays(declare):
    place = "Via Po per Mario ROSSI, RSSMRA80A01H501U tel. 333 1234567 mario@example.org"
    causale = declare(answers=ANSWERS | {"luogo": place}).causale
    assert causale == "Occupazione suolo pubblico - Via Po per tel."


def test_the_causale_never_exceeds_what_the_node_carries(declare):
    assert len(declare(answers=ANSWERS | {"luogo": "abc " * 45}).causale) <= 140


def test_a_company_is_known_by_its_eleven_digits(declare):
    payer = SubjectData("F", "00743110157", "Bar Sport S.r.l.", "")
    assert declare(payer=payer).subject.kind == "G"


def test_services_without_a_form_take_nothing(declare, borgo):
    with pytest.raises(PositionRefused, match="spontanei"):
        declare(service=Service.objects.get(code="TARI"))


def test_answers_to_questions_nobody_asked_are_not_kept(declare):
    assert "altro" not in declare(answers=ANSWERS | {"altro": "x"}).details["answers"]


def test_a_reference_given_opens_once(declare):
    declare(reference="SP-PROVA23456")
    with pytest.raises(PositionRefused):
        declare(reference="SP-PROVA23456")
    assert Position.objects.filter(reference="SP-PROVA23456").count() == 1


def test_documents_name_who_was_declared_and_no_address_that_was_known(declare, borgo):
    known = SubjectData(
        "F", "RSSMRA80A01H501U", "Rossi Mario Registrato", "ROSSI MARIO", street="Via Segreta"
    )
    ensure_subject(data=known, source="prova", at=NOW)
    position = Position.objects.select_related("subject", "service").get(pk=declare().pk)
    debtor = notice_data(position, borgo).debtor
    assert (debtor.name, debtor.address_lines) == ("Mario Rossi", ())
    booked = pay(position.instalments.get().notice_number, 4_500)
    collection = Collection.objects.get(pk=booked.collection_id)
    receipt = receipt_data(collection, borgo)
    assert (receipt.payer_name, receipt.debtor.address_lines) == ("Mario Rossi", ())
