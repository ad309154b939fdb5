"""What Linux says about processes: read from /proc, so that a test believes nobody's word."""

import os
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"  # TCP_LISTEN in include/net/tcp_states.h


def pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def words_of(pid: int) -> list[str]:
    """The command line; empty for a process that has gone or a zombie."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(word) for word in raw.split(b"\0") if word]


def field_of(pid: int, name: str) -> str:
    """One line of /proc/<pid>/status, such as ``PPid`` or ``Uid``; empty when it has gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def children_of(parent: int) -> list[int]:
    return [pid for pid in pids() if field_of(pid, "PPid:") == str(parent)]


def listening_on(pid: int) -> set[str]:
    """The TCP addresses a process listens on, as ``0100007F:1F90`` or ``ipv6``."""
    links = {os.readlink(fd) for fd in (PROC / str(pid) / "fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == LISTENING and f"socket:[{columns[9]}]" in links:
                found.add(columns[1] if table == "tcp" else "ipv6")
    return found
