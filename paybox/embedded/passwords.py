"""Passwords of the local servers: random for each cluster, in a file only its owner reads."""

import json
import os
import secrets
from pathlib import Path


def passwords_of(home: Path, *roles: str) -> dict[str, str]:
    """One password per role, made the first time and the same ever after (safe inside a URL)."""
    path = home / "passwords.json"
    if path.exists():
        known: dict[str, str] = json.loads(path.read_text())
        return known
    made = {role: secrets.token_urlsafe(24) for role in roles}
    write_private(path, json.dumps(made))
    return made


def write_private(path: Path, text: str) -> None:
    """Write ``text`` where only we can read it, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
