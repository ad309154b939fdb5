"""All the processes of an installation on one machine: web, workers, beat, and the far ends of every wire.

The demo and the journey tests start the same stack; only ports and folders differ.
"""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import httpx

from paybox.celery import QUEUES
from paybox.embedded.processes import CannotStart
from paybox.supervisor import ProcessSpec

ROOT = Path(__file__).resolve().parents[2]
BROKER = "80099999990"
STATION = f"{BROKER}_01"
SMS_ACCOUNT = "AC00000000000000000000000000000000"
PEC_PASSWORD = "parola-dimostrativa"  # noqa: S105 - of the local stand-in
PLATFORM_KEY = "chiave-dimostrativa"  # of the local App IO and SEND
SMS_TOKEN = "gettone-dimostrativo"  # noqa: S105 - of the local stand-in


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each process listens on the loopback."""

    web: int
    simulator: int
    mail: int
    sms: int
    smtp: int
    pec: int
    pec_smtp: int
    pec_imap: int
    mail_imap: int
    app_io: int
    send: int

    @classmethod
    def beside(cls, web: int) -> "Ports":
        """The demo's: next to the web's own."""
        return cls(
            web=web, simulator=web + 1, mail=web + 2, sms=web + 3, smtp=web + 25, pec=web + 4,
            pec_smtp=web + 26, pec_imap=web + 143,
            mail_imap=web + 144, app_io=web + 5, send=web + 6,
        )  # fmt: skip

    @classmethod
    def free(cls) -> "Ports":
        """As many as needed, that nobody uses now."""
        sockets = [socket.socket() for _ in fields(cls)]
        try:
            for one in sockets:
                one.bind(("127.0.0.1", 0))
            return cls(*(one.getsockname()[1] for one in sockets))
        finally:
            for one in sockets:
                one.close()

    def refuse_if_taken(self) -> None:
        """Raises CannotStart naming the first port that somebody else holds."""
        for port in astuple(self):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise CannotStart(
                        f"La porta {port} è già occupata: chiudere chi la usa, o scegliere PAYBOX_PORT=…"
                    ) from error


def stack_environment(ports: Ports, var_dir: Path) -> dict[str, str]:
    """What web, workers and beat must know of each other and of the far ends."""
    simulator = f"http://127.0.0.1:{ports.simulator}"
    return {
        "PAYBOX_PORT": str(ports.web),
        "PAYBOX_VAR_DIR": str(var_dir),
        "PAYBOX_EMAIL_HOST": "127.0.0.1",
        "PAYBOX_EMAIL_PORT": str(ports.smtp),
        "PAYBOX_EMAIL_RETURN_PATH": "rimbalzi@paybox.example",
        "PAYBOX_EMAIL_RETURNS_URL": f"imap://127.0.0.1:{ports.mail_imap}",
        "PAYBOX_PEC_SMTP_URL": f"smtp://127.0.0.1:{ports.pec_smtp}",
        "PAYBOX_PEC_IMAP_URL": f"imap://127.0.0.1:{ports.pec_imap}",
        "PAYBOX_PEC_PASSWORD": PEC_PASSWORD,
        "PAYBOX_PEC_CA_BUNDLE": str(var_dir / "pec" / "ca.pem"),
        "PAYBOX_TWILIO_URL": f"http://127.0.0.1:{ports.sms}",
        "PAYBOX_TWILIO_ACCOUNT_SID": SMS_ACCOUNT,
        "PAYBOX_TWILIO_AUTH_TOKEN": SMS_TOKEN,
        "PAYBOX_IO_URL": f"http://127.0.0.1:{ports.app_io}/api/v1",
        "PAYBOX_SEND_URL": f"http://127.0.0.1:{ports.send}",
        "PAYBOX_INTERMEDIARY_URL": f"{simulator}/intermediary/ws/pa",
        "PAYBOX_ACA_URL": f"{simulator}/aca/debt-positions-service/v1",
        "PAYBOX_ACA_KEY": "chiave-dimostrativa",
        "PAYBOX_GPD_URL": f"{simulator}/gpd/debt-positions-service/v3",
        "PAYBOX_GPD_KEY": "chiave-dimostrativa",
        "PAYBOX_CHECKOUT_URL": f"{simulator}/checkout/ec/v1/carts",
        "PAYBOX_FDR_URL": f"{simulator}/fdr",
        "PAYBOX_BIZ_EVENTS_URL": f"{simulator}/bizevents",
        "PAYBOX_GPD_PAYMENTS_URL": f"{simulator}/gpdpayments",
    }


def stack_processes(ports: Ports, var_dir: Path) -> list[ProcessSpec]:
    """Far ends first, then what talks to them."""
    python, known = sys.executable, stack_environment(ports, var_dir)
    beat = var_dir / "beat"
    beat.mkdir(parents=True, exist_ok=True)
    far = ["-m", "dunning.channels.standins"]
    return [
        ProcessSpec(
            "posta",
            [python, far[0], f"{far[1]}.smtp_sink", "--smtp-port", str(ports.smtp), "--http-port", str(ports.mail),
             "--imap-port", str(ports.mail_imap), "--dir", str(var_dir / "posta")],
            ready=_answers(f"http://127.0.0.1:{ports.mail}/messages"),
        ),
        ProcessSpec(
            "pec",
            [python, far[0], f"{far[1]}.pec", "--smtp-port", str(ports.pec_smtp), "--imap-port", str(ports.pec_imap),
             "--http-port", str(ports.pec), "--dir", str(var_dir / "pec"), "--password", PEC_PASSWORD,
             "--delay-seconds", "2"],
            ready=_answers(f"http://127.0.0.1:{ports.pec}/messages"),
        ),
        ProcessSpec(
            "sms",
            [python, far[0], f"{far[1]}.twilio", "--port", str(ports.sms), "--dir", str(var_dir / "sms"),
             "--account-sid", SMS_ACCOUNT, "--auth-token", SMS_TOKEN],
            ready=_answers(f"http://127.0.0.1:{ports.sms}/messages"),
        ),
        ProcessSpec(
            "app-io",
            [python, far[0], f"{far[1]}.app_io", "--port", str(ports.app_io), "--dir", str(var_dir / "app-io"),
             "--key", PLATFORM_KEY],
            ready=_answers(f"http://127.0.0.1:{ports.app_io}/messages"),
        ),
        ProcessSpec(
            "send",
            [python, far[0], f"{far[1]}.send", "--port", str(ports.send), "--dir", str(var_dir / "send"),
             "--key", PLATFORM_KEY, "--pace-seconds", "60"],
            ready=_answers(f"http://127.0.0.1:{ports.send}/notifications"),
        ),
        ProcessSpec(
            "simulatore",
            [python, "-m", "pagopa.simulator", "--port", str(ports.simulator), "--state", str(var_dir / "simulatore"),
             "--ec-url", f"http://127.0.0.1:{ports.web}/pagopa/paForNode", "--broker", BROKER, "--station", STATION],
            ready=_answers(f"http://127.0.0.1:{ports.simulator}/health"),
        ),
        ProcessSpec(
            "web",
            [python, "-m", "gunicorn", "paybox.wsgi:application", "--worker-class", "paybox.web_worker.OverlappingWorker",
             "--preload", "--no-control-socket", "--workers", "3", "--timeout", "60",
             "--worker-tmp-dir", _shared_memory(), *_binds(ports.web)],
            env=known,
            ready=_answers(f"http://127.0.0.1:{ports.web}/healthz"),
        ),
        ProcessSpec(
            "worker",
            [python, "-m", "celery", "-A", "paybox", "worker", "-Q", ",".join(QUEUES), "-c", "2", "-l", "WARNING"],
            env=known,
            ready=_workers_seen(ports.web),
        ),
        ProcessSpec(
            "beat",
            [python, "-m", "celery", "-A", "paybox", "beat", "-l", "WARNING", "-s", str(beat / "schedule"),
             "--pidfile", ""],
            env=known,
        ),
    ]  # fmt: skip


def _answers(url: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return httpx.get(url, timeout=2).is_success
        except httpx.HTTPError:
            return False

    return ask


def _workers_seen(web: int) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return bool(httpx.get(f"http://127.0.0.1:{web}/readyz", timeout=5).json()["workers"])
        except (httpx.HTTPError, ValueError, KeyError):
            return False

    return ask


def _binds(port: int) -> list[str]:
    """Both loopbacks where the machine has both: browsers look for ``borgo.localhost`` on either."""
    binds = ["--bind", f"127.0.0.1:{port}"]
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return binds
    return [*binds, "--bind", f"[::1]:{port}"]


def _shared_memory() -> str:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"  # noqa: S108 - gunicorn's heartbeat files only
