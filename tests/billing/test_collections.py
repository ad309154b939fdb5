"""Chapter 7: money booked once, allotted, and the states that follow."""

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from billing.models import Collection, Instalment, Position, Transfer
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.collections import CollectionRefused
from billing.services.positions import PositionRefused, withdraw_position
from tests.build import AT, make_position, pay

pytestmark = pytest.mark.django_db


def notices(position: Position) -> dict[int, Instalment]:
    return {i.number: i for i in position.instalments.order_by("number")}


def states(position: Position) -> dict[int, str]:
    return {i.number: i.state for i in position.instalments.order_by("number")}


class TestRecordCollection:
    def test_the_rata_unica_settles_the_position_and_closes_the_rate(self, borgo):
        position = make_position()
        booked = pay(notices(position)[0].notice_number, 12_000)
        position.refresh_from_db()
        assert (booked.allotted_cents, booked.excess_cents, booked.settled) == (12_000, 0, True)
        assert (position.state, position.residual_cents, position.paid_at) == ("PAGATA", 0, AT)
        assert states(position) == {0: "PAGATA", 1: "CHIUSA", 2: "CHIUSA"}
        assert list(ledger_problems()) == []

    def test_one_rata_closes_the_rata_unica_and_leaves_the_other(self, borgo):
        position = make_position()
        pay(notices(position)[1].notice_number, 6_000)
        position.refresh_from_db()
        assert (position.state, position.residual_cents) == ("PARZIALE", 6_000)
        assert states(position) == {0: "CHIUSA", 1: "PAGATA", 2: "PAGABILE"}
        pay(notices(position)[2].notice_number, 6_000)
        position.refresh_from_db()
        assert (position.state, position.residual_cents) == ("PAGATA", 0)
        assert list(ledger_problems()) == []

    def test_a_replayed_receipt_books_nothing_more(self, borgo):
        position = make_position()
        first = pay(notices(position)[0].notice_number, 12_000, reference="r1")
        again = pay(notices(position)[0].notice_number, 12_000, reference="r1")
        assert (again.collection_id, again.new) == (first.collection_id, False)
        assert Transfer.objects.filter(kind="INCASSO").count() == 1

    def test_a_second_payment_is_kept_as_excess(self, borgo):
        position = make_position()
        pay(notices(position)[0].notice_number, 12_000)
        second = pay(notices(position)[1].notice_number, 6_000)
        assert (second.allotted_cents, second.excess_cents) == (0, 6_000)
        assert ledger_totals().excess == 6_000
        assert list(ledger_problems()) == []

    def test_more_than_owed_is_split(self, borgo):
        position = make_position()
        booked = pay(notices(position)[0].notice_number, 12_345)
        assert (booked.allotted_cents, booked.excess_cents) == (12_000, 345)
        assert list(ledger_problems()) == []

    def test_money_for_an_unknown_notice_is_never_lost(self, borgo):
        booked = pay("301999999999999999", 5_000)
        assert (booked.position_id, booked.excess_cents) == (None, 5_000)
        assert list(ledger_problems()) == []

    def test_money_for_a_withdrawn_position_is_excess(self, borgo, ada):
        position = make_position()
        withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
        booked = pay(notices(position)[0].notice_number, 12_000)
        position.refresh_from_db()
        assert (booked.excess_cents, position.state) == (12_000, "ANNULLATA")
        assert list(ledger_problems()) == []

    def test_an_amount_of_zero_is_refused(self, borgo):
        with pytest.raises(CollectionRefused):
            pay("301000000000000042", 0)

    def test_valle_sees_nothing_of_what_borgo_collects(self, borgo, valle):
        position = make_position()
        pay(notices(position)[0].notice_number, 12_000)
        with schema_context("valle"):
            assert Collection.objects.count() == Position.objects.count() == 0


class TestWithdraw:
    def test_the_residual_goes_and_the_paid_part_stays(self, borgo, ada):
        position = make_position()
        pay(notices(position)[1].notice_number, 6_000)
        withdrawn = withdraw_position(
            position_id=position.pk, reason="trasferimento", actor=ada, at=AT
        )
        assert (withdrawn.state, withdrawn.residual_cents) == ("ANNULLATA", 0)
        assert ledger_totals().withdrawn == 6_000
        assert list(ledger_problems()) == []

    def test_a_paid_position_is_not_withdrawn(self, borgo, ada):
        position = make_position()
        pay(notices(position)[0].notice_number, 12_000)
        with pytest.raises(PositionRefused):
            withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)


class TestHistoryCannotBeRewritten:
    @pytest.mark.parametrize(
        "table",
        ["billing_transfer", "billing_timelineentry", "kernel_auditentry", "billing_collection"],
    )
    def test_the_runtime_role_has_no_update_and_no_delete(self, borgo, table):
        privileges = "SELECT has_table_privilege(%s, 'UPDATE'), has_table_privilege(%s, 'DELETE')"
        with connection.cursor() as cursor:
            cursor.execute(privileges, [f"borgo.{table}", f"borgo.{table}"])
            assert cursor.fetchone() == (False, False)
