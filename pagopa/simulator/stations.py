"""Which station answers for which Ente, and who else is told of a payment."""

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json, digits
from pagopa.simulator.store import Store
from pagopa.simulator.world import Station, World


def declare_station(store: Store, world: World, body: Json) -> Station:
    """Remember one station of one Ente; defaults fill the gaps. Raises OrderRefused."""
    default = world.default_station(digits(body, "fiscal_code"))
    version = str(body.get("version", default.version))
    if version not in {"V1", "V2"}:
        raise OrderRefused("version deve essere V1 o V2")
    station = Station(
        fiscal_code=default.fiscal_code,
        broker=str(body.get("broker") or default.broker),
        station=str(body.get("station") or default.station),
        ec_url=str(body.get("ec_url") or default.ec_url),
        version=version,
        broadcast=body.get("broadcast") is True,
    )
    with store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO stations VALUES (?, ?, ?, ?, ?, ?)",
            (
                station.fiscal_code,
                station.broker,
                station.station,
                station.ec_url,
                station.version,
                station.broadcast,
            ),
        )
    return station


def station_of(store: Store, world: World, fiscal_code: str) -> Station:
    """The station that answers for an Ente: the first not broadcast, or the default."""
    known = _stations(store, fiscal_code)
    return next((one for one in known if not one.broadcast), world.default_station(fiscal_code))


def broadcast_stations(store: Store, fiscal_code: str) -> list[Station]:
    return [one for one in _stations(store, fiscal_code) if one.broadcast]


def _stations(store: Store, fiscal_code: str) -> list[Station]:
    with store.transaction() as db:
        rows = db.execute(
            "SELECT * FROM stations WHERE fiscal_code = ? ORDER BY rowid", (fiscal_code,)
        ).fetchall()
    return [
        Station(
            fiscal_code=row["fiscal_code"],
            broker=row["broker"],
            station=row["station"],
            ec_url=row["ec_url"],
            version=row["version"],
            broadcast=bool(row["broadcast"]),
        )
        for row in rows
    ]
