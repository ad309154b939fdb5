"""Pango, which sets the text of the notices: present, installed, or asked for in one line."""

import ctypes
import subprocess
import sys

from paybox.embedded import apt

LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def missing_libraries() -> list[str]:
    """The shared libraries that cannot be loaded on this machine, empty when all can."""
    return [name for name in LIBRARIES if not _loads(name)]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _loads_afresh() -> bool:
    """Ask a new process: this one has already looked in the folders as they were."""
    code = "from paybox.embedded.pango import missing_libraries as m; raise SystemExit(bool(m()))"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - ourselves


def main() -> int:
    """0 when WeasyPrint will find its libraries, else 2 after one clear line."""
    if not missing_libraries():
        return 0
    if apt.can_install() and apt.install(*PACKAGES) and _loads_afresh():
        return 0
    sys.stderr.write(
        "Per comporre gli avvisi in PDF mancano le librerie Pango. Su Debian o Ubuntu: "
        f"sudo apt-get install --no-install-recommends {' '.join(PACKAGES)}\n"
    )
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
