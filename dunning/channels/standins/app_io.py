"""A local App IO that speaks its API and shows nothing to anybody. Refused in production.

Before: ``channels/app_io``.  After: a page with every message. Keys are made up by whoever starts it.

    python -m dunning.channels.standins.app_io --port 0 --dir FOLDER --key KEY [--key OTHER]
"""

import argparse
from pathlib import Path

from dunning.channels.standins.io_rest import IoStandIn
from dunning.channels.standins.serving import serve
from dunning.channels.standins.shelf import Shelf


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="App IO di prova: non mostra nulla a nessuno.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--key", action="append", required=True)
    parser.add_argument("--slow-seconds", type=float, default=30.0)
    given = parser.parse_args(arguments)
    shelf = Shelf(given.dir / "app_io.sqlite3")
    application = IoStandIn(shelf, keys=tuple(given.key), slow_seconds=given.slow_seconds)
    serve(application, given.port, "App IO di prova")


if __name__ == "__main__":
    main()
