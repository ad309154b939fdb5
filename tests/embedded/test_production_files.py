"""The files for production: parsed, compared, and tried as far as goes without containers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from paybox.embedded.postgres import PostgresServer, remove_postgres, start_postgres
from paybox.embedded.postgres_binaries import choose_binaries

ROOT = Path(__file__).parents[2]
REQUIRED = re.compile(r"\$\{(\w+):\?\w+\}")
DEFAULTED = re.compile(r"\$\{\w+:-([^}]*)\}")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert set(compose) >= {"services", "networks", "volumes"}
    services: dict[str, Any] = compose["services"]
    return services


def of_paybox(services: dict[str, Any]) -> dict[str, Any]:
    return {name: s for name, s in services.items() if "paybox:" in s.get("image", "")}


def filled(environment: dict[str, str]) -> dict[str, str]:
    """The environment a container would get, every secret being a long made-up word."""
    return {
        name: DEFAULTED.sub(r"\1", REQUIRED.sub(made_up, str(value)))
        for name, value in environment.items()
    }


def made_up(found: re.Match[str]) -> str:
    name = found[1]
    return f"https://{name.lower()}.example" if name.endswith("_URL") else f"{name}-" + "x9" * 30


def start_settings(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    code = "import paybox.settings as s; print(s.ENVIRONMENT.env)"
    return subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
    )


class TestCompose:
    def test_every_queue_has_exactly_one_worker(self, services: dict[str, Any]) -> None:
        consumed = [
            name
            for s in services.values()
            if "--queues" in s.get("command", [])
            for name in s["command"][s["command"].index("--queues") + 1].split(",")
        ]
        code = "import json; from paybox.celery import QUEUES; print(json.dumps(QUEUES))"
        said = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
        )
        assert sorted(consumed) == sorted(json.loads(said.stdout))

    def test_the_settings_accept_each_container_as_production(
        self, services: dict[str, Any]
    ) -> None:
        assert {"web", "beat", "migrate", "worker-default"} <= set(of_paybox(services))
        for name, service in of_paybox(services).items():
            done = start_settings(filled(service["environment"]))
            assert (done.returncode, done.stdout) == (0, "production\n"), (name, done.stderr)

    @pytest.mark.parametrize(
        "name", ["PAYBOX_SECRET_KEY", "PAYBOX_NODE_SEAL", "DATABASE_URL", "REDIS_URL"]
    )
    def test_the_settings_refuse_one_without(self, services: dict[str, Any], name: str) -> None:
        environment = filled(services["web"]["environment"])
        del environment[name]
        done = start_settings(environment)
        assert done.returncode != 0
        assert name in done.stderr

    def test_no_secret_is_written_in_it(self, services: dict[str, Any]) -> None:
        secret = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|SEAL|_URL$")
        for service in services.values():
            for name, value in service.get("environment", {}).items():
                if secret.search(name):
                    assert REQUIRED.search(value), name

    def test_only_the_migrating_ones_hold_the_owner_role(self, services: dict[str, Any]) -> None:
        owners = {
            n for n, s in services.items() if "DATABASE_OWNER_URL" in s.get("environment", {})
        }
        assert owners == {"migrate", "manage"}

    def test_only_nginx_is_reachable_from_outside(self, services: dict[str, Any]) -> None:
        assert {name for name, s in services.items() if "ports" in s} == {"nginx"}
        assert services["postgres"]["networks"] == services["valkey"]["networks"] == ["inside"]

    def test_the_broker_forgets_nothing(self, services: dict[str, Any]) -> None:
        command = " ".join(services["valkey"]["command"])
        assert "--appendonly yes" in command
        assert "--maxmemory-policy noeviction" in command

    def test_every_mounted_file_exists(self, services: dict[str, Any]) -> None:
        mounted = [
            volume.split(":")[0]
            for s in services.values()
            for volume in s.get("volumes", [])
            if volume.startswith("./") and not volume.startswith("./docker/nginx/certs")
        ]
        assert len(mounted) == 3
        assert all((ROOT / path).is_file() for path in mounted)


class TestDockerfile:
    def test_it_installs_what_pango_needs_and_leaves_root(self) -> None:
        from paybox.embedded.pango import PACKAGES

        text = (ROOT / "Dockerfile").read_text()
        assert all(package in text for package in PACKAGES)
        assert "--require-hashes -r requirements.txt" in text
        assert re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1] == "paybox"
        assert "/healthz" in text
        assert '"paybox.wsgi:application"' in text


class TestNginx:
    """The conduct itself is tried in tests/pagopa/test_mtls.py; here, what must never be edited away."""

    @pytest.fixture
    def servers(self) -> dict[str, str]:
        text = (ROOT / "docker/nginx/paybox.conf.template").read_text()
        blocks = re.split(r"^server \{\n", text, flags=re.MULTILINE)
        listen = re.compile(r"listen (\d+)")
        return {
            (port[1] if (port := listen.search(block)) else "common"): block for block in blocks
        }

    def test_the_node_needs_a_certificate_we_know(self, servers: dict[str, str]) -> None:
        node = servers["8443"]
        assert "ssl_verify_client on;" in node
        assert "if ($known_node = 0) { return 403; }" in node
        assert re.search(r'X-PayBox-Node-Seal +"\$\{PAYBOX_NODE_SEAL\}"', node)
        assert re.search(r"X-PayBox-Node-Fingerprint +\$ssl_client_fingerprint;", node)

    def test_nobody_else_brings_a_seal_or_reaches_the_node_address(
        self, servers: dict[str, str]
    ) -> None:
        for name in ("Seal", "Subject", "Fingerprint"):
            emptied = rf'proxy_set_header X-PayBox-Node-{name} +"";'
            assert re.search(emptied, servers["common"])
        assert "location ^~ /pagopa/ { return 404; }" in servers["443"]
        for port in ("80", "443"):
            # One header set inside would switch off the emptying inherited from above.
            assert "proxy_set_header" not in servers[port]


@pytest.fixture
def bare_server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A cluster as the image's own start leaves it: without our roles and database."""
    try:
        server = start_postgres(tmp_path / "postgres")
        _strip(server._cluster.admin(server.port))
        yield server
    finally:
        remove_postgres(tmp_path / "postgres")


def _strip(admin: str) -> None:
    with psycopg.connect(admin, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE paybox")
    with psycopg.connect(admin, dbname="template1", autocommit=True) as connection:
        connection.execute("DROP OWNED BY paybox_app")
        connection.execute("DROP OWNED BY paybox_owner")
        connection.execute("DROP ROLE paybox_owner, paybox_app")


class TestRolesScript:
    def test_it_makes_the_same_roles_as_the_local_server(
        self, bare_server: PostgresServer, tmp_path: Path
    ) -> None:
        cluster = bare_server._cluster
        script = (ROOT / "docker/postgres/10-roles.sh").read_text()
        grants = ROOT / "paybox/embedded/grants.sql"
        assert "/srv/grants.sql" in script
        path = choose_binaries(cluster.data)
        subprocess.run(
            ["sh", "-c", script.replace("/srv/grants.sql", str(grants))],
            check=True,
            capture_output=True,
            env={
                "PATH": f"{path}:{os.environ['PATH']}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(bare_server.port),
                "PGPASSWORD": cluster.passwords["admin"],
                "PAYBOX_OWNER_PASSWORD": cluster.passwords["owner"],
                "PAYBOX_APP_PASSWORD": cluster.passwords["app"],
            },
        )
        with psycopg.connect(bare_server.owner_url) as owner:
            owner.execute("CREATE EXTENSION pg_trgm")
            owner.execute("CREATE TABLE born (id bigint)")
        with psycopg.connect(bare_server.app_url) as app:
            app.execute("INSERT INTO born VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TABLE wish (id bigint)")
