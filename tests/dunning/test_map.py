"""The page that says which test holds which promise names tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_named_test_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", (TESTS / "dunning" / "README.md").read_text())
    assert len(named) > 50
    sources = {path: (TESTS / path).read_text() for path, _ in named}
    lost = [f"{path}::{test}" for path, test in named if f"def {test}(" not in sources[path]]
    assert lost == []
