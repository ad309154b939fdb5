"""What the simulated Node takes for granted: where Enti answer, who the PSP is, how long it waits.

Everybody named here is fictional.
"""

from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_BROKER = "80099999990"
DEFAULT_STATION = "80099999990_01"


@dataclass(frozen=True, slots=True)
class Psp:
    """The one bank of this little world; ``id_psp`` ≤ 14 so that a flow's name fits 35."""

    id_psp: str = "FINTOPSP01"
    name: str = "Banca di Esempio S.p.A."
    fiscal_code: str = "99999999990"
    id_channel: str = "99999999990_01"
    bic: str = "ESEMITMMXXX"


@dataclass(frozen=True, slots=True)
class Station:
    """Where one Ente answers. ``version`` V1 or V2; ``broadcast`` gets every receipt."""

    fiscal_code: str
    broker: str
    station: str
    ec_url: str
    version: str = "V2"
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """Times in seconds; the defaults are the Node's own."""

    state_dir: Path
    ec_url: str
    broker: str = DEFAULT_BROKER
    station: str = DEFAULT_STATION
    version: str = "V2"
    psp: Psp = field(default_factory=Psp)
    ask_timeout_s: float = 7.0
    receipt_timeout_s: float = 15.0
    token_validity_s: float = 1800.0
    idempotency_s: float = 600.0
    max_receipt_attempts: int = 5
    public_url: str = ""

    def default_station(self, fiscal_code: str) -> Station:
        """For an Ente nobody has declared."""
        return Station(fiscal_code, self.broker, self.station, self.ec_url, self.version)
