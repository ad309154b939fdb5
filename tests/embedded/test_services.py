"""Named services are used, the others started: and a command can be run with them."""

import sys
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from paybox.embedded.processes import is_running
from paybox.embedded.services import main, remove_services, start_services

NAMED = {
    "DATABASE_URL": "postgresql://app@db.example/paybox",
    "DATABASE_OWNER_URL": "postgresql://owner@db.example/paybox",
    "REDIS_URL": "redis://broker.example/0",
}


class TestStartServices:
    def test_named_ones_are_used_and_nothing_is_started(self, tmp_path: Path) -> None:
        services = start_services(tmp_path / "var", environment=NAMED)
        assert services.environment() == NAMED
        assert not (tmp_path / "var").exists()
        services.stop()

    def test_without_an_owner_the_one_url_serves_for_both(self, tmp_path: Path) -> None:
        named = {key: NAMED[key] for key in ("DATABASE_URL", "REDIS_URL")}
        services = start_services(tmp_path, environment=named)
        assert services.owner_url == services.database_url == NAMED["DATABASE_URL"]

    def test_unnamed_ones_are_started_answer_and_are_stopped(self, tmp_path: Path) -> None:
        services = start_services(tmp_path, environment={})
        try:
            with psycopg.connect(services.owner_url) as owner:
                row = owner.execute("SELECT pg_postmaster_start_time() IS NOT NULL").fetchone()
            assert row == (True,)
            redis_pid = Redis.from_url(services.redis_url).info("server")["process_id"]
        finally:
            services.stop()
        assert not is_running(redis_pid)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(services.owner_url)
        remove_services(tmp_path)
        assert not (tmp_path / "postgres").exists()
        assert not (tmp_path / "redis").exists()


class TestMain:
    def test_the_command_sees_the_services_and_its_exit_code_is_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in NAMED.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PAYBOX_VAR_DIR", str(tmp_path))
        code = (
            "import os; raise SystemExit(7 if 'broker.example' in os.environ['REDIS_URL'] else 1)"
        )
        assert main([sys.executable, "-c", code]) == 7

    def test_no_command_is_one_clear_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 2
        assert capsys.readouterr().err.startswith("Uso: ")
