"""``python -m pagopa.simulator``: the Node simulator as a process of its own."""

import argparse
import threading
from pathlib import Path

from werkzeug.serving import make_server

from pagopa.simulator.app import Simulator
from pagopa.simulator.world import DEFAULT_BROKER, DEFAULT_STATION, World


def main(arguments: list[str] | None = None) -> None:
    """Serve until killed. Port 0 takes a free one; the first line printed says which."""
    options = _parser().parse_args(arguments)
    world = World(
        state_dir=options.state,
        ec_url=options.ec_url,
        broker=options.broker,
        station=options.station,
        version=options.version,
        public_url=options.public_url,
        ask_timeout_s=options.ask_timeout,
        receipt_timeout_s=options.receipt_timeout,
    )
    simulator = Simulator(world)
    server = make_server(options.host, options.port, simulator, threaded=True)
    print(f"Simulatore del Nodo su http://{options.host}:{server.server_port}/", flush=True)  # noqa: T201  the process says where it listens
    if options.retry_every > 0:
        threading.Thread(
            target=_retry_for_ever, args=(simulator, options.retry_every), daemon=True
        ).start()
    server.serve_forever()


def _retry_for_ever(simulator: Simulator, every_s: float) -> None:
    pause = threading.Event()
    while not pause.wait(every_s):
        simulator.receipts.retry()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pagopa.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR")
    parser.add_argument("--ec-url", default="http://127.0.0.1:8000/pagopa/paForNode")
    parser.add_argument("--broker", default=DEFAULT_BROKER)
    parser.add_argument("--station", default=DEFAULT_STATION)
    parser.add_argument("--version", choices=["V1", "V2"], default="V2")
    parser.add_argument("--public-url", default="", help="come lo vede il browser")
    parser.add_argument("--ask-timeout", type=float, default=7.0, metavar="S")
    parser.add_argument("--receipt-timeout", type=float, default=15.0, metavar="S")
    parser.add_argument("--retry-every", type=float, default=30.0, metavar="S", help="0: mai")
    return parser


if __name__ == "__main__":
    main()
