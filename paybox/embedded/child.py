"""One supervised process: started in its own group, revived with back-off, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from paybox.embedded.processes import rotate, wait_until

TETHER = Path(__file__).with_name("tether.py")
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run. ``env`` is added to the supervisor's own; ``ready`` tells when it serves."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None


class Child:
    """The process of one spec, across its restarts. All calls come from the same thread."""

    def __init__(self, spec: ProcessSpec, log_dir: Path) -> None:
        self.spec = spec
        self.log = log_dir / f"{spec.name}.log"
        self.falls = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._due_at: float | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        rotate(self.log)
        tethered = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), "--"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the caller's own argv, no shell
                [*tethered, *self.spec.argv],
                env={**os.environ, **self.spec.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started_at, self._due_at = time.monotonic(), None

    def revive_if_fallen(self) -> None:
        """Start again what has ended: at once the first time, then after ever longer pauses."""
        if self.is_running():
            return
        now = time.monotonic()
        if self._due_at is None:
            self._note_fall(now)
        elif now >= self._due_at:
            self.start()

    def _note_fall(self, now: float) -> None:
        self._signal_group(signal.SIGKILL)  # its orphans may still hold a port
        if now - self._started_at > STEADY_SECONDS:
            self.falls = 0
        pause = 0.0 if self.falls == 0 else min(0.5 * 2**self.falls, LONGEST_PAUSE_SECONDS)
        self.falls += 1
        self._due_at = now + pause

    def stop(self, grace_seconds: float) -> None:
        """TERM to the whole group, and KILL to whoever is still there after the grace time."""
        if self._process is None:
            return
        if self.is_running():
            self._signal_group(signal.SIGTERM)
            wait_until(lambda: not self.is_running(), seconds=grace_seconds)
        self._signal_group(signal.SIGKILL)
        self._process.wait()

    def _signal_group(self, order: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, order)
