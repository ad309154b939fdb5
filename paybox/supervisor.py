"""Several processes kept running together: the demo and the journey tests stand on it.

A thread of its own starts, revives and stops the children: the kernel ties a child's life to the
*thread* that started it, so that thread lives as long as they do.
"""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from paybox.embedded.child import Child, ProcessSpec
from paybox.embedded.processes import CannotStart, tail, wait_until

__all__ = ["CannotStart", "ProcessSpec", "Supervisor", "signals_as_interrupt"]

HOPELESS_FALLS = 4


class Supervisor:
    """Starts ``specs`` in order and stops them in reverse; output to ``log_dir/<name>.log``.

    As a context manager it stops everything on the way out, also after an exception.
    """

    def __init__(
        self, specs: Sequence[ProcessSpec], *, log_dir: Path, grace_seconds: float = 20.0
    ) -> None:
        self._children = [Child(spec, log_dir) for spec in specs]
        self._log_dir = log_dir
        self._grace_seconds = grace_seconds
        self._started = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_all()

    def start_all(self) -> None:
        """Start every child; from now on one that ends is started again, with back-off."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise CannotStart(f"Un processo non si avvia: {self._failure}") from self._failure

    def wait_ready(self, *, seconds: float = 60.0) -> None:
        """Return when every child runs and says it serves; each has ``seconds`` for it.

        Raises CannotStart with the end of the log of the first that does not.
        """
        for child in self._children:
            wait_until(partial(_is_settled, child), seconds=seconds)
            if not _is_ready(child):
                raise CannotStart(
                    f"Il processo «{child.spec.name}» non è pronto. "
                    f"Ultime righe di {child.log}:\n{tail(child.log)}"
                )

    def pid_of(self, name: str) -> int | None:
        """The process id of a child as it is now; it changes when the child is revived."""
        return next(child.pid for child in self._children if child.spec.name == name)

    def stop_all(self) -> None:
        """Stop every child, last started first: TERM, then KILL after the grace time."""
        if self._thread is None:
            return
        with _signals_ignored():
            self._stopping.set()
            self._thread.join()
        self._thread = None

    def run_forever(self) -> None:
        """Stay until SIGINT, SIGTERM or SIGHUP, then stop everything and return."""
        try:
            with signals_as_interrupt(), suppress(KeyboardInterrupt):
                self._stopping.wait()
        finally:
            self.stop_all()

    def _watch(self) -> None:
        try:
            self._start_children()
            while not self._stopping.wait(0.2):
                for child in self._children:
                    child.revive_if_fallen()
        finally:
            for child in reversed(self._children):
                child.stop(self._grace_seconds)

    def _start_children(self) -> None:
        try:
            for child in self._children:
                child.start()
        except OSError as error:
            self._failure = error
            self._stopping.set()
        finally:
            self._started.set()


def _is_ready(child: Child) -> bool:
    return child.is_running() and (child.spec.ready is None or child.spec.ready())


def _is_settled(child: Child) -> bool:
    return _is_ready(child) or child.falls >= HOPELESS_FALLS


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP act like Ctrl-C, so that ``finally`` runs. Main thread only.

    SIGINT too is asked for: a shell that starts us in the background leaves it ignored.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    orders = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with _handled(dict.fromkeys(orders, interrupt)):
        yield


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """A second, impatient Ctrl-C does not leave half the children behind."""
    orders = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with _handled(dict.fromkeys(orders, signal.SIG_IGN)):
        yield


@contextmanager
def _handled(handlers: dict[signal.Signals, "signal._HANDLER"]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {order: signal.signal(order, handler) for order, handler in handlers.items()}
    try:
        yield
    finally:
        for order, handler in before.items():
            signal.signal(order, handler)
