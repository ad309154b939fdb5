"""One receipt, two rows of flows: two people have paid, and the second one's money has no receipt."""

import pytest

from billing.models import Collection
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.models import FlowRow
from pagopa.services.flow_collections import book_without_receipt
from pagopa.services.reconciliation import take_flow
from tests.build import AT
from tests.pagopa.test_reconciliation import flow_xml, paid

pytestmark = pytest.mark.django_db
OTHER = "2026-03-03FINTOPSP02-0000000002"


def told() -> dict[str, str]:
    return dict(FlowRow.objects.values_list("iur", "label"))


def second_of(line: tuple[str, str, int, str]) -> tuple[str, str, int, str]:
    """The same notice, for as much, under a name that no receipt has."""
    iuv, _, cents, _ = line
    return iuv, "seconda", cents, "9"


def booked_as_excess() -> None:
    assert book_without_receipt(before=AT.replace(year=2030), at=AT) == 1
    assert Collection.objects.get(reference="seconda").excess_cents == 12_000
    assert (ledger_totals().allotted, ledger_totals().excess) == (12_000, 12_000)
    assert list(ledger_problems()) == []


def test_in_the_same_flow(borgo):
    first = paid("prima")
    take_flow(raw=flow_xml(second_of(first), first), at=AT)
    assert told() == {"prima": "RT_IUF", "seconda": "IUV_NO_RT"}
    booked_as_excess()


def test_in_a_flow_that_comes_after(borgo):
    first = paid("prima")
    take_flow(raw=flow_xml(first), at=AT)
    take_flow(raw=flow_xml(second_of(first), identifier=OTHER), at=AT)
    assert told() == {"prima": "RT_IUF", "seconda": "IUV_NO_RT"}
    booked_as_excess()


def test_in_a_flow_that_came_before(borgo):
    """Alone it seemed to be the payment of the receipt; the row that names it takes it back."""
    first = paid("prima")
    take_flow(raw=flow_xml(second_of(first), identifier=OTHER), at=AT)
    assert told() == {"seconda": "RT_IUF"}
    take_flow(raw=flow_xml(first), at=AT)
    assert told() == {"prima": "RT_IUF", "seconda": "IUV_NO_RT"}
    booked_as_excess()
