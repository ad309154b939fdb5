"""A local provider of certified mail: SMTP to send, IMAP to read, receipts that are really signed. Refused in production.

Before: ``channels/pec``.  After: the mailbox, read by ``channels/pec_mailbox``. What happens to a message depends on
its recipient (``pec_provider``); a page shows what was taken, and takes orders from tests and from the demo.

    python -m dunning.channels.standins.pec --smtp-port 0 --imap-port 0 --http-port 0 --dir FOLDER --password WORD
"""

import argparse
import asyncio
import contextlib
import hmac
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from werkzeug.serving import BaseWSGIServer, make_server

from dunning.channels.standins.pages import QuietHandler
from dunning.channels.standins.pec_certifier import Certifier
from dunning.channels.standins.pec_desk import PecDesk
from dunning.channels.standins.pec_imap import ImapSession
from dunning.channels.standins.pec_provider import Provider
from dunning.channels.standins.pec_store import Letterboxes

DOMAIN = "pec.paybox.example"
MAX_BYTES = 30_000_000


class Counter:
    """The handler aiosmtpd calls: one certified recipient at a time, and never a stranger's mail."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.lower().startswith("rifiuta@"):
            return "550 5.1.1 Casella inesistente"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        raw = envelope.original_content or b""
        sender = str(envelope.mail_from or "").lower()
        if sender != str(session.auth_data or "").lower():
            return "550 5.7.1 Il mittente non è la casella autenticata"
        for recipient in envelope.rcpt_tos:
            take = partial(self._provider.take, raw, sender=sender, recipient=recipient)
            await asyncio.to_thread(take)
        if any(one.lower().startswith("cade@") for one in envelope.rcpt_tos):
            server.transport.abort()
        return "250 2.0.0 OK"


async def serve(
    provider: Provider, boxes: Letterboxes, password: str, desk: BaseWSGIServer, *, smtp_port: int, imap_port: int
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT; says on standard output where it listens (port 0 chooses a free one)."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, done.set)
    may_enter = _known(password)
    post = await loop.create_server(partial(_counter, provider, may_enter), "127.0.0.1", smtp_port)

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ImapSession(boxes, may_enter).serve(reader, writer)

    library = await asyncio.start_server(read, "127.0.0.1", imap_port)
    sys.stdout.write(
        f"PEC di prova: smtp 127.0.0.1:{_port(post)} imap 127.0.0.1:{_port(library)} "
        f"pagina http://127.0.0.1:{desk.server_port}/\n"
    )
    sys.stdout.flush()
    await done.wait()
    post.close()
    library.close()


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    warnings.filterwarnings("ignore", module="aiosmtpd")  # clear text: it is the loopback
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    boxes = Letterboxes(options.dir / "caselle")
    certifier = Certifier(options.dir, domain=DOMAIN)
    provider = Provider(
        boxes, certifier, delay_seconds=options.delay_seconds, clock=lambda: datetime.now(UTC)
    )
    desk = make_server(
        "127.0.0.1",
        options.http_port,
        PecDesk(provider, boxes),
        threaded=True,
        request_handler=QuietHandler,
    )
    threading.Thread(target=desk.serve_forever, daemon=True).start()
    ports = {"smtp_port": options.smtp_port, "imap_port": options.imap_port}
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(provider, boxes, options.password, desk, **ports))
    desk.shutdown()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Gestore PEC di prova: firma, non consegna nulla.")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--imap-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--delay-seconds", type=float, default=0.5)
    return parser.parse_args(arguments)


def _known(password: str) -> Callable[[str, str], bool]:
    """Any address is a customer; the password is the one given at the start."""

    def may_enter(user: str, given: str) -> bool:
        return "@" in user and hmac.compare_digest(given.encode(), password.encode())

    return may_enter


def _counter(provider: Provider, may_enter: Callable[[str, str], bool]) -> SMTP:
    def authenticate(
        server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        if not isinstance(given, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = given.login.decode("utf-8", "replace")
        if not may_enter(user, given.password.decode("utf-8", "replace")):
            return AuthResult(
                success=False, handled=False
            )  # handled=True would drop the line instead of saying 535
        return AuthResult(success=True, auth_data=user)

    return SMTP(
        Counter(provider),
        hostname="localhost",
        ident="PEC di prova",
        data_size_limit=MAX_BYTES,
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=False,
    )


def _port(server: asyncio.AbstractServer) -> int:
    return int(server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]  # asyncio.Server has them


if __name__ == "__main__":
    main()
