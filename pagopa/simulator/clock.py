"""The day it is in the simulated Node: the real one, or the one a demonstration has moved to."""

from datetime import date, datetime, timedelta
from pathlib import Path

from pagopa.wire.values import ROME


class Calendar:
    """Kept in a file beside the Node's memory, so that a restart stays in the same day."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / "giorni-avanti"

    def now(self) -> datetime:
        """The instant in Italy, to the second."""
        days = int(self._file.read_text()) if self._file.exists() else 0
        return datetime.now(ROME).replace(microsecond=0) + timedelta(days=days)

    def move_to(self, day: date) -> None:
        """Tokens and retries keep real time: only what is written as paid moves."""
        self._file.write_text(str((day - datetime.now(ROME).date()).days))
