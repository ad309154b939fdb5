"""The demo's thread: chapters told one after the other, each done once and remembered, each checked."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from paybox.demo.far_ends import FarEnds


class StoryFailed(Exception):
    """A chapter did not end as it should; the message says which and how."""


@dataclass(slots=True)
class Story:
    """What has been told: a JSON file beside the data, so that a second start goes on where the first was."""

    var_dir: Path
    far: FarEnds
    memory: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, var_dir: Path, far: FarEnds, *, today: date) -> "Story":
        story = cls(var_dir, far)
        if story._file.exists():
            story.memory = json.loads(story._file.read_text())
        story.memory.setdefault("began_on", today.isoformat())
        return story

    @property
    def began_on(self) -> date:
        return date.fromisoformat(self.memory["began_on"])

    @property
    def _file(self) -> Path:
        return self.var_dir / "demo.json"

    def chapter(self, key: str, title: str, tell: Callable[["Story"], list[str]]) -> None:
        """Do one chapter, or repeat its lines when it was done before. Raises StoryFailed."""
        known = self.memory.get(key)
        say(f"\n■ {title}{' (già fatto)' if known else ''}")
        began = time.monotonic()
        lines = known or tell(self)
        for line in lines:
            say(f"  {line}")
        if not known:
            say(f"  – {time.monotonic() - began:.1f} s")
            self.memory[key] = lines
            self._file.write_text(json.dumps(self.memory, ensure_ascii=False, indent=1))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def require(holds: bool, otherwise: str) -> None:
    """A step that did not do what it should ends the story. Raises StoryFailed."""
    if not holds:
        raise StoryFailed(otherwise)


def until(ask: Callable[[], Any], *, what: str, seconds: float = 240) -> Any:
    """Ask again until the answer is true. Raises StoryFailed naming ``what`` when it never is."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        require(time.monotonic() < deadline, f"attesa scaduta: {what}")
        time.sleep(0.2)
    return answer
