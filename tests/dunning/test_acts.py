"""Acts: the old credit withdrawn, the new one opened with each added sum on its line."""

from datetime import UTC, date, datetime

import pypdfium2
import pytest

from billing.events import position_replaced
from billing.models import Position, TimelineEntry
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.positions import PositionRefused, withdraw_position
from dunning.models import CreditRules
from dunning.rules.act_lines import LineKind, act_lines
from dunning.selectors.acts import act_facts, interest_since
from dunning.services.acts import Costs, replace_position
from dunning.services.letters import formal_demand_pdf
from paybox.kernel.models import AuditEntry
from tests.build import make_position, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DUE = date(2026, 12, 31)


def replace(position: Position, ada, costs: Costs | None = None, **changes) -> Position:
    given = {
        "reason": "sollecito formale senza esito",
        "due_on": DUE,
        "segregation": "01",
        "at": AT,
        **changes,
    }
    return replace_position(
        position_id=position.pk, costs=costs or Costs(783, 3_000), actor=ada, **given
    )


def number(position: Position, rata: int = 0) -> str:
    return position.instalments.get(number=rata).notice_number


def test_the_new_position_has_its_lines_and_its_iuv(ada) -> None:
    old = make_position(cents=100_000, rates=(), due_on=date(2019, 12, 16), reference="TARI-1")
    heard: list[tuple[int, int]] = []

    def hear(old_id: int, new_id: int, **_: object) -> None:
        heard.append((old_id, new_id))

    position_replaced.connect(hear)
    new = replace(old, ada)
    position_replaced.disconnect(hear)
    old.refresh_from_db()
    assert (old.state, old.residual_cents) == ("ANNULLATA", 0)
    assert new.total_cents == 100_000 + 3_000 + 12_275 + 783
    assert new.details["righe"] == {
        "capitale_cents": 100_000,
        "precedenti_cents": 0,
        "sanzioni_cents": 3_000,
        "interessi_cents": 12_275,
        "spese_cents": 783,
        "oneri_cents": 0,
        "scadenza": "2019-12-16",
        "sanzionata": True,
        "interessi_al": "2026-11-21",
    }
    assert (new.origin, new.replaces_id, new.reference, new.next_due_on) == (
        "SOSTITUZIONE", old.pk, "TARI-1", DUE,
    )  # fmt: skip
    assert number(new) != number(old)
    assert list(new.transfers.order_by("pk").values_list("kind", "amount_cents")) == [
        ("APERTURA", 100_000), ("SANZIONI", 3_000), ("INTERESSI", 12_275), ("SPESE_NOTIFICA", 783),
    ]  # fmt: skip
    told = TimelineEntry.objects.get(position=old, kind="SOSTITUITA")
    assert (told.reference, told.details["position"]) == (number(new), str(new.uuid))
    assert heard == [(old.pk, new.pk)]
    assert AuditEntry.objects.filter(action="dunning.position.replaced").count() == 1
    totals = ledger_totals()
    assert (totals.opened, totals.withdrawn, totals.owed) == (216_058, 100_000, 116_058)
    assert list(ledger_problems()) == []


def test_a_payment_on_the_old_notice_goes_to_the_new_credit(ada) -> None:
    old = make_position(cents=12_000, rates=())
    new = replace(old, ada)
    booked = pay(number(old), 12_000)
    assert (booked.position_id, booked.allotted_cents, booked.excess_cents) == (old.pk, 0, 12_000)
    new.refresh_from_db()
    assert new.residual_cents == new.total_cents - 12_000
    assert list(ledger_problems()) == []


def test_only_what_is_still_owed_is_replaced(ada) -> None:
    old = make_position()
    pay(number(old, 1), 6_000)
    new = replace(old, ada, Costs(interest_cents=0))
    assert (new.total_cents, new.details["righe"]["capitale_cents"]) == (6_000, 6_000)
    assert list(ledger_problems()) == []


def test_a_second_replacement_charges_no_interest_on_interest(ada) -> None:
    first = replace(make_position(cents=100_000, rates=(), due_on=date(2019, 12, 16)), ada)
    second = replace(
        first, ada, Costs(), at=datetime(2027, 11, 21, 10, tzinfo=UTC), due_on=date(2027, 12, 31)
    )
    lines = second.details["righe"]
    assert (lines["capitale_cents"], lines["precedenti_cents"]) == (100_000, 16_058)
    assert lines["interessi_cents"] == 1_600  # one year on the principal alone
    assert list(ledger_problems()) == []


class TestByRate:
    """1.200,00 € in two rate, of 16 June and 16 September 2026: each bears interest from its own day."""

    @pytest.fixture
    def old(self) -> Position:
        days = (date(2026, 6, 16), date(2026, 9, 16))
        return make_position(cents=120_000, rates=(60_000, 60_000), rate_days=days)

    def test_interest_runs_on_each_from_its_own_day(self, old, ada) -> None:
        # 158 and 66 days at 1,60 %: 415,56 and 173,59 cents, rounded once
        assert replace(old, ada, Costs()).details["righe"]["interessi_cents"] == 589
        assert list(ledger_problems()) == []

    def test_the_second_alone_when_the_first_is_paid(self, old, ada) -> None:
        pay(number(old, 1), 60_000)
        old.refresh_from_db()
        assert replace(old, ada, Costs()).details["righe"]["interessi_cents"] == 174

    def test_what_an_act_did_not_charge_still_runs_from_each_day(self, old, ada) -> None:
        first = replace(old, ada, Costs(interest_cents=0), interest_until=interest_since(old))
        assert replace(first, ada, Costs()).details["righe"]["interessi_cents"] == 589

    def test_a_part_paid_takes_the_oldest_first(self, old, ada) -> None:
        first = replace(old, ada, Costs(interest_cents=0), interest_until=interest_since(old))
        booked = pay(number(old, 1), 60_000)  # on the old notice: it goes to the new credit
        assert booked.excess_cents == 60_000
        first.refresh_from_db()
        assert replace(first, ada, Costs()).details["righe"]["interessi_cents"] == 174

    def test_what_was_charged_is_not_charged_again(self, old, ada) -> None:
        later = {"at": datetime(2026, 12, 1, 10, tzinfo=UTC)}
        second = replace(replace(old, ada, Costs()), ada, Costs(), **later)
        # ten days on 1.200,00 €: 52,6 cents
        assert second.details["righe"]["interessi_cents"] == 53

    def test_the_lines_say_each_and_the_sanction_too(self, old) -> None:
        CreditRules.objects.create(service=old.service, kind="TRIBUTO_LOCALE")
        facts = act_facts(old, way=None, with_sanction=True, with_charges=False, on=AT.date())
        told = {line.kind: line for line in act_lines(facts)}
        # 158 days: 25 %; 66 days: 12,5 % (D.Lgs. 471/1997, art. 13)
        assert told[LineKind.SANCTIONS].cents == 15_000 + 7_500
        assert told[LineKind.INTEREST].cents == 589
        assert told[LineKind.INTEREST].how == (
            "su 600,00 € dal 17/06/2026: 158 giorni al 1,60 %; su 600,00 € dal 17/09/2026: 66 giorni al 1,60 %"
        )


def test_what_is_not_owed_is_not_replaced(ada) -> None:
    paid, gone, fine = (make_position(rates=()) for _ in range(3))
    pay(number(paid), 12_000)
    withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
    for position in (paid, gone):
        with pytest.raises(PositionRefused, match="sostituire"):
            replace(position, ada)
    with pytest.raises(PositionRefused, match="passata"):
        replace(fine, ada, due_on=date(2026, 11, 20))
    with pytest.raises(PositionRefused, match="negativi"):
        Costs(expenses_cents=-1)
    assert Position.objects.count() == 3
    assert list(ledger_problems()) == []


def test_the_formal_demand_says_what_is_owed(borgo, ada) -> None:
    new = replace(make_position(cents=100_000, rates=(), due_on=date(2019, 12, 16)), ada)
    letter = formal_demand_pdf(position=new, ente=borgo, written_on=AT.date(), protocol="42/2026")
    text = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(letter.pdf)
    )
    for needed in (
        "1.160,58",
        "Interessi legali",
        "122,75",
        "7,83",
        number(new),
        "1219",
        "42/2026",
    ):
        assert needed in text, needed
