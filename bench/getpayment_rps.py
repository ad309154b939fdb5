"""Row ``getpayment_rps``: paGetPaymentV2 a second, measured as ``verify_rps`` is and beside the same floor.

An activation is kept raw and told to the position, so it writes where a verify only reads.
"""

from typing import Any

from bench import verify_rps
from bench.ground import Ground
from bench.row import Row

ROW_NAME = "getpayment_rps"


def measure(ground: Ground, **given: Any) -> Row:
    row = verify_rps.measure(ground, operation="paGetPaymentV2", **given)
    row.name = ROW_NAME
    return row
