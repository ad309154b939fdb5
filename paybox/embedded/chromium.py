"""Chromium for the browser tests: found, installed from Debian, or asked for in one line."""

import os
import shutil
import sys
from pathlib import Path

from paybox.embedded import apt

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium() -> Path | None:
    """The browser named by PAYBOX_CHROMIUM, else the first one on the PATH."""
    names = (os.environ.get("PAYBOX_CHROMIUM") or "", *NAMES)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return Path(found) if found else None


def main() -> int:
    """0 when there is a browser, else 2 after one clear line."""
    if find_chromium():
        return 0
    if apt.can_install() and apt.install("chromium") and find_chromium():
        return 0
    sys.stderr.write(
        "Chromium non c'è: le prove nel browser saranno saltate. Su Debian: "
        "sudo apt-get install --no-install-recommends chromium "
        "(oppure indicare il programma in PAYBOX_CHROMIUM).\n"
    )
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
