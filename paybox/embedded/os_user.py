"""Who runs the local database: PostgreSQL refuses root, so root starts it as another user.

Nothing outside our own folders has its mode changed: when the project lies where that user
cannot go (under /root, say), the cluster is kept under /var/lib instead.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "paybox-db"
ELSEWHERE = Path("/var/lib")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user a server runs as; all None means whoever we are."""

    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """No supplementary group of root's is handed down."""
        return None if self.uid is None else []

    def own(self, path: Path) -> None:
        """Give ``path`` to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_user(existing_data: Path) -> ServerUser:
    """The owner of data already there, else our account; we ourselves when we are not root."""
    if os.geteuid() != 0:
        return ServerUser()
    if existing_data.exists() and (owner := existing_data.stat()).st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid)
    account = _account() or pwd.getpwnam("nobody")
    return ServerUser(account.pw_uid, account.pw_gid)


def _account() -> pwd.struct_passwd | None:
    found = _look_up(ACCOUNT)
    useradd = shutil.which("useradd")
    if found is None and useradd is not None:
        command = [useradd, "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", ACCOUNT]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed words
        found = _look_up(ACCOUNT)
    return found


def _look_up(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def reachable_home(home: Path, user: ServerUser) -> Path:
    """``home``, or a folder in its stead where ``user`` can reach it. Created, mode 0711."""
    if user.uid is None:
        return home
    place = place_of(home)
    if place == home and not _can_reach(home.parent, user):
        place = _place_elsewhere(home)
        (home / "location").write_text(f"{place}\n")
    place.mkdir(exist_ok=True)
    place.chmod(0o711)
    return place


def place_of(home: Path) -> Path:
    """Where the data of ``home`` really are: the place recorded in it, or itself."""
    recorded = home / "location"
    return Path(recorded.read_text().strip()) if recorded.exists() else home


def _place_elsewhere(home: Path) -> Path:
    return ELSEWHERE / f"paybox-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def _can_reach(folder: Path, user: ServerUser) -> bool:
    return all(_may_enter(step.stat(), user) for step in (folder, *folder.parents))


def _may_enter(folder: os.stat_result, user: ServerUser) -> bool:
    if folder.st_uid == user.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == user.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
