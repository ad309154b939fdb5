"""System packages on Debian and its kin: installed when we are root, asked for when we are not."""

import os
import shutil
import subprocess
import sys


def can_install() -> bool:
    """True when this process may install packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> bool:
    """Install without questions and without recommended extras; False when apt-get could not.

    The package lists, empty on a bare image, are refreshed when the first attempt fails.
    """
    sys.stdout.write(f"Installo i pacchetti di sistema: {' '.join(packages)} …\n")
    sys.stdout.flush()
    if _apt("install", *packages):
        return True
    return _apt("update") and _apt("install", *packages)


def _apt(order: str, *packages: str) -> bool:
    options = ["-y", "-q", "--no-install-recommends"] if order == "install" else ["-q"]
    done = subprocess.run(  # noqa: S603 - fixed words and package names of ours
        ["apt-get", order, *options, *packages],  # noqa: S607 - wherever the system keeps it
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return done.returncode == 0
