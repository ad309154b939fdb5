"""Which Ente the Node calls by ``idPA``: asked at every message, remembered for up to a minute."""

import time
from dataclasses import dataclass

from tenants.models import Ente

FRESH_SECONDS = 60
_POSTAL_ABI = "07601"
_known: dict[str, tuple[float, "NodeEnte"]] = {}
_COLUMNS = (
    "schema_name",
    "codice_fiscale",
    "name",
    "broker",
    "station",
    "iban",
    "segregation",
    "postal_iban",
)


@dataclass(frozen=True, slots=True)
class NodeEnte:
    """What the answers to the Node need to know of an Ente; its schema says where its notices are."""

    schema_name: str
    codice_fiscale: str
    name: str
    broker: str
    station: str
    iban: str
    segregation: str
    postal_iban: str = ""


def ente_of_id_pa(id_pa: str) -> NodeEnte | None:
    """The active Ente with that codice fiscale. One who is not known is asked for each time."""
    known = _known.get(id_pa)
    if known and time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    active = Ente.objects.filter(codice_fiscale=id_pa, is_active=True)
    row = active.values_list(*_COLUMNS).first()
    if row is None:
        _known.pop(id_pa, None)
        return None
    ente = NodeEnte(*row)
    _known[id_pa] = (time.monotonic(), ente)
    return ente


def forget_enti() -> None:
    """Ask again at the next message: an Ente has just changed."""
    _known.clear()


def is_postal(iban: str) -> bool:
    """Whether an IBAN is of a conto corrente postale (ABI 07601), which a bollettino can be paid to."""
    return iban.startswith("IT") and iban[5:10] == _POSTAL_ABI
