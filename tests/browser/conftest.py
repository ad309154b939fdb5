"""A real browser on the running product: Debian's chromium, no network but this machine.

Without chromium the tests are skipped, and the summary says so in capitals: install it, or set PAYBOX_CHROMIUM.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from paybox.embedded.chromium import find_chromium
from tests.stack import Stack, running_stack
from tests.template import BORGO, VALLE

# Playwright's synchronous API runs an event loop in this thread; Django must not take it for its own.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

HERE = Path(__file__).parent
MISSING = "CHROMIUM NON C'È: prove nel browser NON eseguite (make test lo installa su Debian, o PAYBOX_CHROMIUM=…)"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP, PHONE = (1280, 900), (390, 844)
ONLY_HERE = "MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE *.localhost , EXCLUDE 127.0.0.1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_chromium() is None:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-pings"]
    arguments = ["--no-sandbox", *quiet, f"--host-resolver-rules={ONLY_HERE}"]
    return {**browser_type_launch_args, "executable_path": str(find_chromium()), "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": DESKTOP[0], "height": DESKTOP[1]}
    rome = {"locale": "it-IT", "timezone_id": "Europe/Rome", "viewport": size}
    return {**browser_context_args, **rome}


@pytest.fixture(scope="session")
def stack(django_db_setup: None) -> Iterator[Stack]:
    """Web, worker, beat, simulator and stand-ins, once for all browser tests."""
    with running_stack() as running:
        for code in (BORGO, VALLE):
            running.far.declare_station(fiscal_code=code, broker=BORGO, station=f"{BORGO}_01")
        yield running


class Inspector:
    """Looks at a page as it stands: accessibility, sideways scrolling, broken scripts; on a desktop and on a phone."""

    def __init__(self) -> None:
        self._axe = Axe()
        self.seen: list[str] = []

    def look(self, page: Page, name: str) -> None:
        """Both sizes, then back to the desktop. Raises AssertionError with what is wrong and where."""
        for label, (width, height) in (("telefono", PHONE), ("scrivania", DESKTOP)):
            page.set_viewport_size({"width": width, "height": height})
            _keep_picture(page, f"{name}-{label}")
            page.wait_for_load_state()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} ({label}): {wide}px di contenuto in {width}px"
            found = self._axe.run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
            assert found.violations_count == 0, f"{name} ({label}): {found.generate_report()}"
        self.seen.append(name)


@pytest.fixture
def inspect() -> Inspector:
    return Inspector()


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that remembers what its console complained of: scripts and the security policy."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if _is_ours(line) else None)
    yield page
    assert complaints == []


def _is_ours(line: Any) -> bool:
    """Errors, but for the browser's own note that an answer was 4xx: forms with mistakes answer 422."""
    return line.type == "error" and not re.search(r"status of 4\d\d", line.text)


def _keep_picture(page: Page, name: str) -> None:
    """For whoever wants to look: PAYBOX_SCREENSHOTS names a folder outside the repository."""
    if folder := os.environ.get("PAYBOX_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
