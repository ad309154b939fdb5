"""A notice of several bodies (TARI and TEFA): up to five transfers, to the cent, in both versions of the activation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Position, Service
from billing.rules.shares import split_cents
from billing.selectors.ledger import ledger_problems
from pagopa.selectors.enti import forget_enti
from pagopa.wire.responses import StampRequest
from tests.build import make_position, pay
from tests.pagopa.conftest import Node
from tests.template import BORGO, VALLE

OUR_IBAN = "IT60X0542811101000000123456"
THEIR_IBAN = "IT28W8000000292100645211151"
TARI = {"peso": 95, "metadati": {"TARI-TEFA-1": "A001|2026|3944"}}
TEFA = {
    "peso": 5, "codice_fiscale": VALLE, "iban": THEIR_IBAN, "nome": "Provincia di Valle",
    "tassonomia": "9/0201102IM/",
}  # fmt: skip


def shared(*shares: dict[str, Any], **given: Any) -> dict[int, str]:
    """A position of several bodies: its notices by number."""
    position = make_position(**given)
    Position.objects.filter(pk=position.pk).update(details={"quote": list(shares)})
    return {one.number: one.notice_number for one in position.instalments.all()}


@pytest.mark.django_db
class TestAtTheDoor:
    @pytest.mark.parametrize("v2", [False, True])
    def test_tari_and_tefa(self, borgo, node: Node, v2):
        numbers = shared(TARI, TEFA, cents=10_001, rates=(5_001, 5_000))
        paid = node.get_payment(numbers[0], v2=v2).payment
        tari, tefa = paid.transfers
        assert (tari.id_transfer, tefa.id_transfer) == (1, 2)
        assert (paid.amount_cents, tari.amount_cents, tefa.amount_cents) == (10_001, 9_501, 500)
        assert (tari.fiscal_code, tefa.fiscal_code) == (BORGO, VALLE)
        assert (tari.iban, tefa.iban) == (OUR_IBAN, THEIR_IBAN)
        assert (tari.category, tefa.category) == ("9/0101101IM/", "9/0201102IM/")
        assert tari.metadata == (("TARI-TEFA-1", "A001|2026|3944"),)
        assert tefa.remittance.startswith(f"/RFB/{paid.iuv}/5.00/TXT/")
        assert [t.amount_cents for t in node.get_payment(numbers[1]).payment.transfers] == [
            4_751,
            250,
        ]

    def test_what_is_left_is_divided_too(self, borgo, node: Node):
        numbers = shared(TARI, TEFA)
        pay(numbers[1], 11_999)
        paid = node.get_payment(numbers[2]).payment
        # One cent: the share that comes to nothing has no transfer.
        assert [(t.amount_cents, t.fiscal_code) for t in paid.transfers] == [(1, BORGO)]
        assert list(ledger_problems()) == []

    def test_five_at_most_and_never_their_money_to_us(self, borgo, node: Node):
        five = shared(*[{"peso": 1}] * 5)
        assert [t.amount_cents for t in node.get_payment(five[0]).payment.transfers] == [2_400] * 5
        for wrong in ([{"peso": 1}] * 6, [{"peso": 0}], [{**TEFA, "iban": ""}]):
            answer = node.get_payment(shared(*wrong)[0])
            assert answer.fault.code == "PAA_SYSTEM_ERROR"

    def test_a_bollettino_needs_every_account_postal(self, borgo, node: Node):
        borgo.iban = "IT60X0760111101000000123456"
        borgo.save()
        alone = make_position().instalments.get(number=0).notice_number
        assert node.verify(alone).offer.all_ccp is True
        assert node.verify(shared(TARI, TEFA)[0]).offer.all_ccp is False

    def test_the_shares_of_the_service(self, borgo, node: Node):
        number = make_position(cents=10_500, rates=()).instalments.get().notice_number
        of_tefa = {**TEFA, "sul_tributo": 500}
        del of_tefa["peso"]
        Service.objects.filter(code="TARI").update(shares=[of_tefa], metadata={"anno": "2026"})
        paid = node.get_payment(number).payment
        assert [(t.amount_cents, t.fiscal_code) for t in paid.transfers] == [
            (10_000, BORGO), (500, VALLE),
        ]  # fmt: skip
        assert paid.metadata == (("anno", "2026"),)

    def test_a_postal_account_of_each(self, borgo, node: Node):
        ours, theirs = "IT60X0760111101000000123456", "IT28W0760101600000000123456"
        number = shared(TARI, {**TEFA, "iban_postale": theirs})[0]
        assert node.verify(number).offer.all_ccp is False
        Service.objects.filter(code="TARI").update(postal_iban=ours)
        assert node.verify(number).offer.all_ccp is True
        at_the_post = node.get_payment(number, transfer_type="POSTAL").payment.transfers
        assert [t.iban for t in at_the_post] == [ours, theirs]
        at_a_bank = node.get_payment(number, transfer_type="PAGOPA").payment.transfers
        assert [t.iban for t in at_a_bank] == [OUR_IBAN, THEIR_IBAN]
        assert [dict(t.metadata).get("IBANAPPOGGIO") for t in at_a_bank] == [ours, theirs]
        Ente = type(borgo)
        Service.objects.filter(code="TARI").update(postal_iban="")
        Ente.objects.filter(pk=borgo.pk).update(postal_iban=ours)
        forget_enti()
        assert node.verify(number).offer.all_ccp is True

    def test_a_stamp_is_asked_for_and_never_goes_to_an_account(self, borgo, node: Node):
        stamp = {"centesimi": 1_600, "impronta": "s" * 43 + "=", "provincia": "RM"}
        position = make_position(cents=6_100, rates=())
        Position.objects.filter(pk=position.pk).update(details={"bolli": [stamp]})
        number = position.instalments.get().notice_number
        dues, bollo = node.get_payment(number).payment.transfers
        assert (dues.amount_cents, dues.iban, dues.stamp) == (4_500, OUR_IBAN, None)
        assert (bollo.amount_cents, bollo.iban, bollo.fiscal_code) == (1_600, "", BORGO)
        assert bollo.stamp == StampRequest("s" * 43 + "=", "RM", "01")
        assert node.get_payment(number, v2=False).fault.code == "PAA_SYSTEM_ERROR"
        assert node.verify(number).offer.all_ccp is False


@given(st.integers(0, 10**11), st.lists(st.integers(0, 10**6), min_size=1, max_size=5).filter(any))
def test_parts_add_up_and_none_is_a_cent_off(total: int, weights: list[int]) -> None:
    parts = split_cents(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert part >= 0
        assert weight or not part


@pytest.mark.parametrize("weights", [[], [0], [1, -1], [3, -1]])
def test_no_division_without_positive_shares(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        split_cents(100, weights)
