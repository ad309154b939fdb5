"""The supervisor: real children that serve, fall, refuse to go, and never outlive it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from paybox.embedded.processes import CannotStart, is_running, wait_until
from paybox.supervisor import ProcessSpec, Supervisor

PATIENCE = 30.0

# Writes its pid, and that of a grandchild, then waits.
SERVING = """
import os, pathlib, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {grandchild.pid}")
time.sleep(600)
"""
STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()}")
time.sleep(600)
"""
SUPERVISING = """
import pathlib, sys
from paybox.supervisor import ProcessSpec, Supervisor
folder = pathlib.Path(sys.argv[1])
code = sys.argv[2]
specs = [
    ProcessSpec(n, [sys.executable, "-c", code, str(folder / n)], ready=(folder / n).exists)
    for n in ("web", "worker")
]
with Supervisor(specs, log_dir=folder / "log", grace_seconds=5) as supervisor:
    supervisor.start_all()
    supervisor.wait_ready()
    (folder / "up").write_text("up")
    supervisor.run_forever()
print("stopped", flush=True)
"""


def spec(folder: Path, name: str, code: str = SERVING) -> ProcessSpec:
    pids = folder / name
    return ProcessSpec(name, [sys.executable, "-c", code, str(pids)], ready=pids.exists)


def pids_of(folder: Path, *names: str) -> list[int]:
    return [int(pid) for name in names for pid in (folder / name).read_text().split()]


def all_gone(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(is_running(pid) for pid in pids)


class TestSupervisor:
    def test_children_start_with_their_environment_and_log(self, tmp_path: Path) -> None:
        code = "import os, time; print(os.environ['COLOUR'], flush=True); time.sleep(600)"
        log = tmp_path / "log" / "web.log"
        child = ProcessSpec(
            "web",
            [sys.executable, "-c", code],
            env={"COLOUR": "verde"},
            ready=lambda: "verde" in log.read_text(),
        )
        with Supervisor([child], log_dir=tmp_path / "log") as supervisor:
            supervisor.start_all()
            supervisor.wait_ready(seconds=PATIENCE)
            pid = supervisor.pid_of("web")
            assert pid is not None
            assert os.getpgid(pid) == pid != os.getpgid(0)
        assert not is_running(pid)

    def test_a_crashed_child_is_started_again(self, tmp_path: Path) -> None:
        with Supervisor([spec(tmp_path, "web")], log_dir=tmp_path) as supervisor:
            supervisor.start_all()
            supervisor.wait_ready(seconds=PATIENCE)
            first, grandchild = pids_of(tmp_path, "web")
            os.kill(first, signal.SIGKILL)
            assert wait_until(
                lambda: (tmp_path / "web").read_text().split()[:1] not in ([], [str(first)]),
                seconds=PATIENCE,
            )
            assert supervisor.pid_of("web") == pids_of(tmp_path, "web")[0]
            assert wait_until(all_gone([first, grandchild]), seconds=PATIENCE)

    def test_stop_all_leaves_none_not_even_the_stubborn(self, tmp_path: Path) -> None:
        specs = [spec(tmp_path, "web"), spec(tmp_path, "stubborn", STUBBORN)]
        supervisor = Supervisor(specs, log_dir=tmp_path, grace_seconds=0.5)
        supervisor.start_all()
        supervisor.wait_ready(seconds=PATIENCE)
        pids = pids_of(tmp_path, "web", "stubborn")
        assert len(pids) == 3
        supervisor.stop_all()
        assert wait_until(all_gone(pids), seconds=PATIENCE)
        supervisor.stop_all()

    def test_the_last_started_stops_first(self, tmp_path: Path) -> None:
        code = (
            "import pathlib, signal, sys, time\n"
            "def leave(*_):\n"
            "    with open(pathlib.Path(sys.argv[1]).with_name('order'), 'a') as f:\n"
            "        f.write(pathlib.Path(sys.argv[1]).name + ' ')\n"
            "    raise SystemExit\n"
            "signal.signal(signal.SIGTERM, leave)\n"
            "pathlib.Path(sys.argv[1]).touch()\n"
            "time.sleep(600)\n"
        )
        specs = [spec(tmp_path, name, code) for name in ("broker", "web", "beat")]
        with Supervisor(specs, log_dir=tmp_path) as supervisor:
            supervisor.start_all()
            supervisor.wait_ready(seconds=PATIENCE)
        assert (tmp_path / "order").read_text().split() == ["beat", "web", "broker"]

    def test_one_that_keeps_falling_is_named_with_its_last_words(self, tmp_path: Path) -> None:
        code = "raise SystemExit('manca la chiave')"
        broken = ProcessSpec("web", [sys.executable, "-c", code], ready=lambda: True)
        with Supervisor([broken], log_dir=tmp_path) as supervisor:
            supervisor.start_all()
            assert wait_until(lambda: (tmp_path / "web.log").stat().st_size > 0, seconds=PATIENCE)
            never = ProcessSpec("never", broken.argv, ready=lambda: False)
        with Supervisor([never], log_dir=tmp_path) as supervisor:
            supervisor.start_all()
            with pytest.raises(CannotStart, match=r"(?s)«never» non è pronto.*manca la chiave"):
                supervisor.wait_ready(seconds=PATIENCE)

    def test_a_program_that_does_not_exist_is_named(self, tmp_path: Path) -> None:
        missing = ProcessSpec("web", ["/nonexistent/programma"], ready=lambda: False)
        with Supervisor([missing], log_dir=tmp_path) as supervisor:
            supervisor.start_all()
            with pytest.raises(CannotStart, match="/nonexistent/programma"):
                supervisor.wait_ready(seconds=PATIENCE)


class TestEndOfTheSupervisor:
    def start(self, folder: Path) -> tuple["subprocess.Popen[str]", list[int]]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISING, str(folder), SERVING],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert wait_until((folder / "up").exists, seconds=PATIENCE)
        pids = pids_of(folder, "web", "worker")
        assert all(is_running(pid) for pid in pids)
        return process, pids

    @pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_polite_signal_stops_everything(self, tmp_path: Path, order: signal.Signals) -> None:
        process, pids = self.start(tmp_path)
        process.send_signal(order)
        said, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, said) == (0, "stopped\n")
        assert wait_until(all_gone(pids), seconds=PATIENCE)

    @pytest.mark.skipif(sys.platform != "linux", reason="solo Linux lega i figli al padre")
    def test_killed_it_leaves_no_child(self, tmp_path: Path) -> None:
        process, pids = self.start(tmp_path)
        process.kill()
        process.communicate(timeout=PATIENCE)
        children = [pids[0], pids[2]]
        gone = wait_until(all_gone(children), seconds=PATIENCE)
        for pid in pids:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
        assert gone
