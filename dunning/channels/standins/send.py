"""A local SEND that speaks its B2B API and notifies nobody. Refused in production.

Before: ``channels/send``.  After: a page with every notification. ``POST /avanti`` pushes all of them one stage further.

    python -m dunning.channels.standins.send --port 0 --dir FOLDER --key KEY [--pace-seconds 30]
"""

import argparse
from pathlib import Path

from dunning.channels.standins.send_rest import SendStandIn
from dunning.channels.standins.send_store import SendStore
from dunning.channels.standins.serving import serve
from dunning.channels.standins.shelf import Shelf


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="SEND di prova: non notifica nulla a nessuno.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--pace-seconds", type=float, default=0.0)
    parser.add_argument("--slow-seconds", type=float, default=30.0)
    given = parser.parse_args(arguments)
    store = SendStore(Shelf(given.dir / "send.sqlite3"), pace_seconds=given.pace_seconds)
    application = SendStandIn(store, key=given.key, slow_seconds=given.slow_seconds)
    serve(application, given.port, "SEND di prova")


if __name__ == "__main__":
    main()
