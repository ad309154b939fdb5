"""An Order's case: no resolution before the member was called and heard, no revocation before she paid, nothing by one person."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_tenants.utils import schema_context

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, MorosityCase, MorosityFact
from dunning.rules.morosity import (
    CaseRefused,
    Fact,
    FactKind,
    check_fact,
    is_over,
    may_follow,
    state_words,
)
from dunning.selectors.morosity import case_facts
from dunning.services.morosity_cases import confirm_fact, open_case, prepare_fact, refuse_fact
from paybox.kernel.clock import move_clock_to, now
from registry.models import Subject
from tests.build import make_position, pay
from tests.dunning.acting import ADA, ELENA, tari

K = FactKind
DAY = date(2026, 9, 1)
CALLED = Fact(K.SUMMONS, date(2026, 7, 1), date(2026, 8, 1))
HEARD = Fact(K.HEARING, date(2026, 8, 1))
SUSPENDED = Fact(K.SUSPENSION, date(2026, 8, 20))


class TestOrder:
    @pytest.mark.parametrize(
        ("facts", "new", "words"),
        [
            ([], SUSPENDED, "Prima viene un altro passo"),
            ([CALLED], SUSPENDED, "Prima viene un altro passo"),
            ([], Fact(K.SUMMONS, DAY + timedelta(days=1), DAY + timedelta(days=30)), "futuro"),
            ([], Fact(K.SUMMONS, DAY), "per quale giorno"),
            ([CALLED], Fact(K.HEARING, date(2026, 7, 20)), "prima del giorno della convocazione"),
            ([CALLED, HEARD], Fact(K.SUSPENSION, date(2026, 7, 30)), "prima del passo precedente"),
            ([CALLED, HEARD, SUSPENDED], Fact(K.REVOCATION, DAY), "pagato tutto"),
            ([CALLED, Fact(K.DISMISSAL, DAY)], Fact(K.HEARING, DAY), "registrare: nulla"),
        ],
    )
    def test_what_may_not_be_written(self, facts: list[Fact], new: Fact, words: str) -> None:
        with pytest.raises(CaseRefused, match=words):
            check_fact(new, facts, owed_cents=10_000, today=DAY)

    def test_who_has_paid_is_not_suspended_and_who_was_is_put_back(self) -> None:
        with pytest.raises(CaseRefused, match="si archivia"):
            check_fact(SUSPENDED, [CALLED, HEARD], owed_cents=0, today=DAY)
        check_fact(Fact(K.REVOCATION, DAY), [CALLED, HEARD, SUSPENDED], owed_cents=0, today=DAY)

    def test_the_state_is_the_last_fact(self) -> None:
        assert state_words([]) == "Aperto: nessun passo ancora"
        assert state_words([CALLED, HEARD]) == "Audizione, o assenza accertata"
        assert may_follow([CALLED, HEARD, SUSPENDED]) == (K.SERVICE, K.REVOCATION)
        assert is_over([CALLED, HEARD, SUSPENDED, Fact(K.REVOCATION, DAY)])
        assert not is_over([])


@pytest.fixture
def member(borgo, person: Callable[..., Subject]) -> Subject:
    CreditRules.objects.create(service=tari(), kind="QUOTA_ORDINE")
    move_clock_to(DAY)
    who = person()
    for year in (2024, 2025):
        dues = make_position(rates=(), cents=10_000, due_on=date(year, 3, 31), subject=who)
        Position.objects.filter(pk=dues.pk).update(year=year)
    return who


def opened(member: Subject) -> MorosityCase:
    return open_case(service_id=tari().pk, subject_id=member.pk, least_years=2, actor=ADA, at=now())


def done(case: MorosityCase, fact: Fact) -> None:
    written = prepare_fact(case_id=case.pk, fact=fact, reference="Del. 1", actor=ADA, at=now())
    confirm_fact(fact_id=written.pk, actor=ELENA, at=now())


@pytest.mark.django_db
class TestCase:
    def test_from_the_list_to_the_revocation(self, member: Subject, valle) -> None:
        case = opened(member)
        assert (case.years, case.owed_cents) == ([2024, 2025], 20_000)
        assert opened(member).pk == case.pk
        for fact in (CALLED, HEARD, SUSPENDED, Fact(K.SERVICE, date(2026, 8, 25))):
            done(case, fact)
        for dues in Position.objects.filter(subject=member):
            pay(dues.instalments.get().notice_number, 10_000, at=now())
        done(case, Fact(K.REVOCATION, DAY))
        case.refresh_from_db()
        assert case.closed_at is not None
        assert [fact.kind for fact in case_facts(case)] == [
            K.SUMMONS, K.HEARING, K.SUSPENSION, K.SERVICE, K.REVOCATION,
        ]  # fmt: skip
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert not MorosityCase.objects.exists()

    def test_what_one_writes_another_confirms(self, member: Subject) -> None:
        case = opened(member)
        written = prepare_fact(case_id=case.pk, fact=CALLED, reference="PEC 1", actor=ADA, at=now())
        assert case_facts(case) == []
        with pytest.raises(CaseRefused, match="persona diversa"):
            confirm_fact(fact_id=written.pk, actor=ADA, at=now())
        with pytest.raises(CaseRefused, match="attende conferma"):
            prepare_fact(case_id=case.pk, fact=CALLED, reference="PEC 2", actor=ELENA, at=now())
        with pytest.raises(IntegrityError), transaction.atomic():
            MorosityFact.objects.filter(pk=written.pk).update(confirmer_id=ADA.user_id)
        refuse_fact(fact_id=written.pk, actor=ELENA, at=now())
        with pytest.raises(CaseRefused, match="già stato confermato o respinto"):
            confirm_fact(fact_id=written.pk, actor=ELENA, at=now())
        done(case, CALLED)
        assert case_facts(case) == [CALLED]

    def test_only_of_an_order_and_only_who_is_on_the_list(
        self, member: Subject, person: Callable[..., Subject]
    ) -> None:
        with pytest.raises(CaseRefused, match="non è nell'elenco"):
            opened(person())
        CreditRules.objects.update(kind="PERIODICO")
        with pytest.raises(CaseRefused, match="solo per le quote di un Ordine"):
            opened(member)
