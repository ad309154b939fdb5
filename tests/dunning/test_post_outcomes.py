"""What the post says of letters: each outcome with its day, whatever the order; the same file twice is once."""

from datetime import date
from itertools import permutations

import pytest
from django_tenants.utils import schema_context

from billing.selectors.ledger import ledger_problems
from dunning.channels.post_mappers import OutcomesRefused
from dunning.models import AddressTask, Hold, Letter, LetterEvent, StepTaken, WaveItem
from dunning.rules.post import PostOutcome, perfection, surer
from dunning.services.post_batches import mark_sent
from dunning.services.post_outcomes import Imported, import_outcomes
from paybox.kernel.clock import move_clock_to, now
from registry.models import AddressProposal, Subject
from tests.dunning.test_post import made, owed, owing, people, wave  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("borgo"),
    pytest.mark.usefixtures("own_files"),
]
HEAD = "id_invio;numero_raccomandata;esito;data_esito;data_avviso_giacenza"
SENT = date(2026, 8, 16)


@pytest.fixture
def letters(wave, borgo, ada) -> list[Letter]:  # noqa: F811
    """Two registered letters that the printer has; it is October."""
    batch = made(wave, borgo, ada)
    mark_sent(batch_id=batch.pk, actor=ada, at=now())
    move_clock_to(date(2026, 10, 20))
    return list(batch.letters.order_by("number"))


def read(ada, *rows: str, head: str = HEAD, provider: str = "PAROLE") -> Imported:
    raw = "\r\n".join((head, *rows)).encode()
    return import_outcomes(raw=raw, provider=provider, scope=(), actor=ada, at=now())


def of(letter: Letter) -> Letter:
    return Letter.objects.get(pk=letter.pk)


def test_accepted_then_delivered(letters, ada) -> None:
    first = letters[0]
    done = read(
        ada,
        f"{first.code};628000000011;Accettata;18/08/2026;",
        ";628000000011;CONSEGNATA;21/08/2026;",
    )
    assert done == Imported(2, 0, ())
    kept = of(first)
    assert (kept.posted_on, kept.outcome, kept.outcome_on) == (date(2026, 8, 18), "CONSEGNATA", date(2026, 8, 21))  # fmt: skip
    assert (kept.perfected_on, kept.perfected_by) == (date(2026, 8, 21), "giorno di: consegna al destinatario")  # fmt: skip
    assert kept.attempt.item.state == WaveItem.State.REACHED
    assert StepTaken.objects.get(item=kept.attempt.item).delivered_on == date(2026, 8, 21)
    assert list(ledger_problems()) == []


def test_a_file_too_long_to_wait_for_is_refused_whole_and_says_what_to_do(letters, ada) -> None:
    row = f"{letters[0].code};;CONSEGNATA;21/08/2026;"
    with pytest.raises(OutcomesRefused, match=r"più di 3\.000 righe: dividerlo"):
        read(ada, *[row] * 3_001)
    assert not LetterEvent.objects.exists()
    assert read(ada, *[row] * 3) == Imported(1, 2, ())


def test_twice_is_once(letters, ada) -> None:
    rows = [f"{letters[0].code};628000000011;CONSEGNATA;21/08/2026;"]
    assert read(ada, *rows) == Imported(1, 0, ())
    before = of(letters[0]).attempt.item.updated_at
    assert read(ada, *rows) == Imported(0, 1, ())
    assert LetterEvent.objects.count() == 1
    assert of(letters[0]).attempt.item.updated_at == before


STAY = (
    "{code};;IN GIACENZA;22/08/2026;",
    "{code};;COMPIUTA GIACENZA;22/09/2026;",
    "{code};;ACCETTATA;18/08/2026;",
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_stay_counts_from_its_notice_in_any_order(letters, ada, order) -> None:
    for index in order:
        read(ada, STAY[index].format(code=letters[0].code))
    kept = of(letters[0])
    assert (kept.outcome, kept.perfected_on) == ("COMPIUTA_GIACENZA", date(2026, 9, 1))
    assert "Cass. 6857/2019" in kept.perfected_by
    assert (kept.notice_on, kept.posted_on) == (date(2026, 8, 22), date(2026, 8, 18))


def test_a_returned_letter_is_a_task_and_a_dead_person_is_left_alone(letters, ada) -> None:
    read(
        ada,
        f"{letters[0].code};;TRASFERITO;25/08/2026;",
        f"{letters[1].code};;DECEDUTO;26/08/2026;",
    )
    tasks = AddressTask.objects.filter(source="RITORNO").order_by("pk")
    assert [(t.cause, t.letter_id) for t in tasks] == [
        ("Destinatario irreperibile", letters[0].pk),
        ("Destinatario deceduto", letters[1].pk),
    ]
    assert of(letters[0]).perfected_on is None
    assert of(letters[0]).attempt.item.state == WaveItem.State.NOT_REACHED
    (hold,) = Hold.objects.all()
    assert (hold.reason, hold.subject_id) == ("DECESSO", letters[1].attempt.item.subject_id)


def test_a_death_known_twice_over_stops_no_file(letters, ada) -> None:
    """The telephone heard it from two relatives before the post brought the letter back."""
    who = letters[1].attempt.item.subject
    for note in ("Al telefono: il figlio", "Al telefono: la vicina"):
        Hold.objects.create(
            subject=who, reason="DECESSO", note=note, since=date(2026, 8, 20), actor_name="p", created_at=now()
        )  # fmt: skip
    done = read(ada, f"{letters[1].code};;DECEDUTO;26/08/2026;")
    assert (done.taken, done.refused) == (1, ())
    assert Hold.objects.filter(subject=who, reason="DECESSO").count() == 2


def test_rows_that_cannot_be_are_named(letters, ada, valle) -> None:
    code = letters[0].code
    done = read(
        ada,
        f"{code};;VOLATA;21/08/2026;",
        f"{code};;CONSEGNATA;31/02/2026;",
        f"{code};;CONSEGNATA;21/10/2026;",
        f"{code};;CONSEGNATA;15/08/2026;",
        "9;;CONSEGNATA;21/08/2026;",
        f"{code};1;ACCETTATA;18/08/2026;",
        f"{code};2;CONSEGNATA;21/08/2026;",
        f"{letters[1].code};1;CONSEGNATA;21/08/2026;",
    )
    assert (done.taken, [(r.row, r.column) for r in done.refused]) == (
        1,
        [
            (3, "data_esito"), (4, "data_esito"), (5, "data_esito"), (6, "id_invio"),
            (8, "numero_raccomandata"), (9, "numero_raccomandata"),
        ],
    )  # fmt: skip
    assert [(one.row, one.code) for one in done.unread] == [(2, "VOLATA")]
    with pytest.raises(OutcomesRefused, match="mancano le colonne: id_invio, esito"):
        read(ada, "x", head="data_esito")
    with schema_context("valle"):
        answer = read(ada, f"{code};;CONSEGNATA;21/08/2026;")
        assert [r.column for r in answer.refused] == ["id_invio"]
        assert not LetterEvent.objects.exists()


def test_another_provider_writes_codes(letters, ada) -> None:
    head = "IdInvio;CodiceRaccomandata;CodiceEsito;DataEsito;DataAvviso"
    done = read(
        ada, f"{letters[0].code};628;RECRN005C;2026-09-25;2026-08-22",
        f"{letters[1].code};629;RECRN002C-M05;2026-08-22;", head=head, provider="CODICI",
    )  # fmt: skip
    assert done == Imported(2, 0, ())
    assert of(letters[0]).perfected_on == date(2026, 9, 1)
    assert (of(letters[1]).outcome, of(letters[1]).perfected_on) == ("RIFIUTATA", date(2026, 8, 22))


@pytest.mark.parametrize(
    ("outcome", "happened", "notice", "perfected"),
    [
        ("CONSEGNATA", 21, None, date(2026, 8, 21)),
        ("RIFIUTATA", 21, None, date(2026, 8, 21)),
        ("RITIRATA", 25, 20, date(2026, 8, 25)),
        ("RITIRATA", 31, 20, date(2026, 8, 30)),  # later than the tenth day
        ("RITIRATA", 25, None, date(2026, 8, 25)),
        ("COMPIUTA_GIACENZA", 31, 20, date(2026, 8, 30)),
        ("COMPIUTA_GIACENZA", 31, None, None),
        ("IRREPERIBILE", 21, None, None),
        ("SMARRITA", 21, None, None),
    ],
)
def test_the_day_of_perfection(outcome, happened, notice, perfected) -> None:
    day = perfection(
        PostOutcome(outcome),
        happened_on=date(2026, 8, happened),
        notice_on=notice and date(2026, 8, notice),
    )
    assert day.on == perfected


def test_a_final_outcome_never_goes_back() -> None:
    for one in PostOutcome:
        assert surer("CONSEGNATA", one) is PostOutcome.CONSEGNATA
        assert surer("", one) is one


WHERE = f"{HEAD};nuova_via;nuovo_civico;nuovo_cap;nuovo_comune;nuova_provincia"


def test_where_she_lives_now_is_proposed_once_and_never_written(letters, ada) -> None:
    first, second = letters
    rows = (
        f"{first.code};;TRASFERITO;21/08/2026;;v.le Europa;7;00011;Tivoli;RM",
        f"{second.code};;TRASFERITO;21/08/2026;;Via Nuova;;11;Tivoli;RM",
    )
    done = read(ada, *rows, head=WHERE)
    assert (done.taken, [(one.row, one.column) for one in done.refused]) == (1, [(3, "nuova_via")])
    proposal = AddressProposal.objects.get()
    assert (proposal.subject, proposal.source) == (first.attempt.item.subject, "RITORNO")
    assert proposal.lines == "Viale Europa 7, 00011 Tivoli (RM)"
    assert first.code in proposal.note
    assert Subject.objects.get(pk=proposal.subject_id).street == "Via Roma"
    assert AddressTask.objects.filter(letter=first, settled_at=None).exists()
    assert not of(second).outcome, "a row is taken whole or not at all"
    assert read(ada, rows[0], head=WHERE).known == 1
    assert AddressProposal.objects.count() == 1
    with schema_context("valle"):
        assert not AddressProposal.objects.exists()
