"""Chapter 8 – a credit of the treasurer opened as a debtor's: a settled position by two persons, and back by two."""

from datetime import date

import pytest

from billing.models import Collection, Position, Service, Transfer
from billing.selectors.books import books
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.labels import RepairKind
from pagopa.models import Publication, Repair, TreasuryCredit
from pagopa.selectors.queues import queues
from pagopa.services.opened_credits import OpenedFor, read_opened_for
from pagopa.services.publication import ask_publication
from pagopa.services.reconciliation import take_treasury
from pagopa.services.repairs import confirm_repair, propose_repair
from pagopa.services.two_persons import RepairRefused
from tests.build import AT
from tests.pagopa.test_repairs import ADA, FRANCO, WHY, credit, label
from tests.pagopa.treasury_files import Line, giornale

pytestmark = pytest.mark.django_db
BIANCA = OpenedFor("VRDBNC80A41H501X", "Verdi Bianca", "Canone di affitto, marzo 2026")


def propose(shown: TreasuryCredit, kind: RepairKind = RepairKind.OPEN_CREDIT) -> Repair:
    opened = kind == RepairKind.OPEN_CREDIT
    return propose_repair(
        credit_id=shown.pk, kind=kind, reason=WHY, actor=FRANCO, at=AT,
        service=Service.objects.get(code="DIRITTI") if opened else None,
        debtor=BIANCA if opened else None,
    )  # fmt: skip


def by_two(shown: TreasuryCredit, kind: RepairKind = RepairKind.OPEN_CREDIT) -> str:
    confirm_repair(repair_id=propose(shown, kind).pk, actor=ADA, at=AT)
    return label(shown)


def lines() -> list[tuple[str, str, int]]:
    day = AT.date()
    return [(b.service, b.channel, b.amount_cents) for b in books(first=day, last=day)]


def test_nothing_is_opened_until_a_second_person_says_so(borgo):
    shown = credit(1, 45_000, "AFFITTO MARZO")
    proposed = propose(shown)
    assert (proposed.state, label(shown), Position.objects.count()) == (
        "PROPOSTA", "TES_NO_IUF_OR_IUV", 0,
    )  # fmt: skip
    with pytest.raises(RepairRefused, match="persona diversa"):
        confirm_repair(repair_id=proposed.pk, actor=FRANCO, at=AT)
    confirm_repair(repair_id=proposed.pk, actor=ADA, at=AT)
    assert label(shown) == "TES_CREDITO"
    position = Position.objects.get()
    assert (position.state, position.total_cents, position.residual_cents) == ("PAGATA", 45_000, 0)
    assert (position.causale, position.subject.name) == (BIANCA.causale, BIANCA.name)
    collection = Collection.objects.get()
    assert (collection.channel, collection.allotted_cents) == ("BONIFICO", 45_000)
    assert collection.paid_at.date() == shown.value_on
    assert lines() == [("DIRITTI", "BONIFICO", 45_000)]
    assert queues(on=date(2030, 1, 1)) == []
    assert list(ledger_problems()) == []


def test_it_never_goes_to_pagopa(borgo):
    by_two(credit(1, 45_000))
    assert ask_publication(position_ids=[Position.objects.get().pk], at=AT) == 0
    assert Publication.objects.count() == 0


def test_two_persons_take_it_back_and_nothing_is_lost_or_deleted(borgo):
    shown = credit(1, 45_000)
    by_two(shown)
    assert by_two(shown, RepairKind.RESTORE) == "TES_NO_IUF_OR_IUV"
    position = Position.objects.get()
    assert (position.state, position.residual_cents) == ("ANNULLATA", 0)
    moves = Transfer.objects.order_by("pk").values_list("kind", "amount_cents")
    assert list(moves) == [
        ("APERTURA", 45_000), ("INCASSO", 45_000), ("STORNO_INCASSO", 45_000), ("ANNULLO", 45_000),
    ]  # fmt: skip
    totals = ledger_totals()
    assert (totals.allotted, totals.collected, totals.owed) == (0, 0, 0)
    assert sum(cents for _, _, cents in lines()) == 0
    assert list(ledger_problems()) == []
    assert by_two(shown) == "TES_CREDITO"
    assert Collection.objects.count() == 2
    assert ledger_totals().collected == 45_000
    assert list(ledger_problems()) == []


def test_what_the_treasurer_takes_back_leaves_the_books(borgo):
    shown = credit(1, 45_000)
    by_two(shown)
    raw = giornale(Line("STORNATO", 1, 45_000, "BONIFICO"))
    take_treasury(raw=raw, filename="storno.xml", at=AT)
    assert label(shown) == "TES_STORNATO"
    assert (Position.objects.get().state, ledger_totals().collected) == ("ANNULLATA", 0)
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"codice_fiscale": "VRDBNC80A41H501A"}, "Debitore"),
        ({"name": ""}, "Debitore"),
        ({"causale": ""}, "per che cosa"),
        ({"causale": "x" * 141}, "140"),
    ],
)
def test_what_was_typed_wrong_is_said(typed, words):
    good = {"codice_fiscale": BIANCA.codice_fiscale, "name": BIANCA.name, "causale": BIANCA.causale}
    with pytest.raises(RepairRefused, match=words):
        read_opened_for(**(good | typed))


def test_without_a_debtor_or_a_service_nothing_is_proposed(borgo):
    shown = credit(1, 45_000)
    service = Service.objects.get(code="DIRITTI")
    for given, words in (
        ({"service": service}, "di chi era"),
        ({"debtor": BIANCA}, "tipo di dovuto"),
    ):
        with pytest.raises(RepairRefused, match=words):
            propose_repair(
                credit_id=shown.pk, kind=RepairKind.OPEN_CREDIT, reason=WHY, actor=FRANCO, at=AT,
                **given,  # type: ignore[arg-type]  # one of the two is missing each time
            )  # fmt: skip
    assert Repair.objects.count() == 0
