"""A local mail server that delivers nothing and shows everything.

Before: ``channels/email`` over real SMTP.  After: ``mailbox`` on disk and the viewer page. Refused
in production. Some addresses behave badly on purpose: ``rifiuta@…`` is refused (550), ``piena@…``
has no room (452), ``grigia…@`` is asked to come back the first time (451), ``lento@…`` takes the message and answers only after ``--slow-seconds``; others
are taken and come back (``smtp_reports``): the mailbox of any return path is read over IMAP.

    python -m dunning.channels.standins.smtp_sink --smtp-port 0 --imap-port 0 --http-port 0 --dir FOLDER
"""

import argparse
import asyncio
import contextlib
import hmac
import signal
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from dunning.channels.standins.mail_viewer import MailViewer
from dunning.channels.standins.mailbox import Mailbox
from dunning.channels.standins.pages import QuietHandler
from dunning.channels.standins.pec_imap import ImapSession
from dunning.channels.standins.pec_store import Letterboxes
from dunning.channels.standins.smtp_dsn import DsnSMTP, asked_of
from dunning.channels.standins.smtp_reports import Taken, reports_of

PASSWORD = "parola-dimostrativa"  # noqa: S105 - of every mailbox of this stand-in
MAX_BYTES = 30_000_000


class Sink:
    """The handler aiosmtpd calls at EHLO, at RCPT and at the end of DATA."""

    def __init__(self, mailbox: Mailbox, returns: Letterboxes, *, slow_seconds: float) -> None:
        self._mailbox = mailbox
        self._returns = returns
        self._slow_seconds = slow_seconds
        self._seen: set[str] = set()

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        match address.partition("@")[0].lower():
            case "rifiuta":
                return "550 5.1.1 Casella inesistente"
            case "piena":
                return "452 4.2.2 Casella piena"
            case local if local.startswith("grigia") and address not in self._seen:
                self._seen.add(address)
                return "451 4.7.1 Riprovare tra poco"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        recipients = tuple(envelope.rcpt_tos)
        keep = partial(
            self._mailbox.keep,
            envelope.original_content or b"",
            sender=envelope.mail_from or "",
            recipients=recipients,
            received_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        kept = await asyncio.to_thread(keep)
        await asyncio.to_thread(self._write_back, envelope)
        if any(address.lower().startswith("lento@") for address in recipients):
            await asyncio.sleep(self._slow_seconds)
        return f"250 OK {kept.id}"

    def _write_back(self, envelope: Any) -> None:
        path = envelope.mail_from or ""
        raw = envelope.original_content or b""
        taken = Taken(raw, path, tuple(envelope.rcpt_tos), asked_of(envelope))
        for report in reports_of(taken) if path else ():
            self._returns.of(path).add(report)


async def serve(
    sink: Sink, returns: Letterboxes, viewer: BaseWSGIServer, *, smtp_port: int, imap_port: int
) -> None:
    """Serve until SIGTERM or SIGINT; says on standard output where it listens (port 0 chooses a
    free one).
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, done.set)
    server = await loop.create_server(partial(_protocol, sink), "127.0.0.1", smtp_port)
    port = server.sockets[0].getsockname()[1]

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ImapSession(returns, _knows).serve(reader, writer)

    library = await asyncio.start_server(read, "127.0.0.1", imap_port)
    sys.stdout.write(
        f"posta di prova: smtp 127.0.0.1:{port} imap 127.0.0.1:{library.sockets[0].getsockname()[1]} "
        f"pagina http://127.0.0.1:{viewer.server_port}/\n"
    )
    sys.stdout.flush()
    await done.wait()
    server.close()
    library.close()


def _knows(user: str, given: str) -> bool:
    """Any return path is a mailbox; the password is the same for all."""
    return "@" in user and hmac.compare_digest(given.encode(), PASSWORD.encode())


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description="Server di posta di prova: non consegna nulla, mostra tutto."
    )
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--imap-port", type=int, default=0)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--slow-seconds", type=float, default=30.0)
    options = parser.parse_args(arguments)
    mailbox, returns = Mailbox(options.dir), Letterboxes(options.dir / "ritorni")
    viewer = make_server(
        "127.0.0.1",
        options.http_port,
        MailViewer(mailbox),
        threaded=True,
        request_handler=QuietHandler,
    )
    threading.Thread(target=viewer.serve_forever, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            serve(
                Sink(mailbox, returns, slow_seconds=options.slow_seconds),
                returns,
                viewer,
                smtp_port=options.smtp_port,
                imap_port=options.imap_port,
            )
        )
    viewer.shutdown()


def _protocol(sink: Sink) -> DsnSMTP:
    return DsnSMTP(
        sink,
        hostname="localhost",
        ident="PayBox: posta di prova",
        data_size_limit=MAX_BYTES,
        enable_SMTPUTF8=True,
    )


if __name__ == "__main__":
    main()
