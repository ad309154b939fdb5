"""The facts that travel upwards: named signals, received in ``<app>/receivers.py`` in the same transaction."""

from django.dispatch import Signal

position_opened = Signal()  # positions: list[int]
position_changed = Signal()  # positions: list[int], at: datetime
position_settled = Signal()  # position_id: int, at: datetime
position_withdrawn = Signal()  # position_id: int, at: datetime
position_replaced = Signal()  # old_id: int, new_id: int, at: datetime
collection_recorded = Signal()  # collection_id: int, position_id: int | None
excess_found = Signal()  # collection_id: int, excess_cents: int
