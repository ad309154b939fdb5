from pagopa.models.anomaly import ReceiptAnomaly
from pagopa.models.cart import Cart
from pagopa.models.flow import Flow, FlowRow
from pagopa.models.flow_pull import FlowCursor, PulledFlow, PulledPart
from pagopa.models.left_receipt import LeftReceipt
from pagopa.models.publication import Publication
from pagopa.models.receipt import Receipt
from pagopa.models.repair import Repair, RepairPart, RowRepair
from pagopa.models.treasury import TreasuryCredit, TreasuryMovement

__all__ = [
    "Cart",
    "Flow",
    "FlowCursor",
    "FlowRow",
    "LeftReceipt",
    "Publication",
    "PulledFlow",
    "PulledPart",
    "Receipt",
    "ReceiptAnomaly",
    "Repair",
    "RepairPart",
    "RowRepair",
    "TreasuryCredit",
    "TreasuryMovement",
]
