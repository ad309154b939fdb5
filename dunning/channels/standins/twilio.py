"""A local provider of SMS that speaks like Twilio and delivers nothing. Refused in production.

Before: ``channels/sms`` with the official client.  After: ``twilio_caller`` calls our address back.
The account's sid and token are made up by whoever starts it; a page shows every message.

    python -m dunning.channels.standins.twilio --port 0 --dir FOLDER \\
        --account-sid SID --auth-token TOKEN
"""

import argparse
from pathlib import Path

from dunning.channels.standins.serving import serve
from dunning.channels.standins.twilio_caller import Caller
from dunning.channels.standins.twilio_rest import TwilioStandIn
from dunning.channels.standins.twilio_store import SmsStore


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    store = SmsStore(options.dir)
    account = {"account_sid": options.account_sid, "auth_token": options.auth_token}
    caller = Caller(
        store, **account, pace_seconds=options.pace_seconds, retry_seconds=options.retry_seconds
    )
    application = TwilioStandIn(store, **account, slow_seconds=options.slow_seconds)
    caller.start()
    serve(application, options.port, "SMS di prova")
    caller.stop()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Fornitore di SMS di prova: parla come Twilio, non consegna nulla."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--pace-seconds", type=float, default=0.2)
    parser.add_argument("--retry-seconds", type=float, default=1.0)
    parser.add_argument("--slow-seconds", type=float, default=30.0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
