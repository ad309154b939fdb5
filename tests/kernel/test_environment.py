"""Production starts only with what is its own: no stand-in, no default secret, no DEBUG, no movable clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from paybox.settings.environment import DEMO_SECRET, Environment, database_entry

ROOT = Path(__file__).resolve().parents[2]
RIGHT = {
    "PAYBOX_ENV": "production",
    "PAYBOX_SECRET_KEY": "k7" * 30,
    "PAYBOX_MOVABLE_CLOCK": "false",
    "PAYBOX_PUBLIC_SCHEME": "https",
    "PAYBOX_ALLOWED_HOSTS": "borgo.example.it, .pagamenti.example.it",
    "PAYBOX_NODE_SEAL": "sigillo-" + "s3" * 20,
    "PAYBOX_NODE_CLIENTS": '{"*": ["forwarder.platform.pagopa.it"]}',
    "DATABASE_URL": "postgresql://paybox_app:p%40rola@db.example.it:5433/paybox",
    "DATABASE_OWNER_URL": "postgresql://paybox_owner:altra@db.example.it:5433/paybox",
    "REDIS_URL": "redis://:parola@broker.example.it:6379/0",
    "PAYBOX_EMAIL_HOST": "smtp.example.it",
    "PAYBOX_TWILIO_URL": "https://api.sms.example.it",
    "PAYBOX_TWILIO_AUTH_TOKEN": "t0" * 16,
    "PAYBOX_INTERMEDIARY_URL": "https://intermediario.example.it/ws/pa",
    "PAYBOX_INTERMEDIARY_PASSWORD": "una-parola-vera",
    "PAYBOX_CHECKOUT_URL": "https://checkout.example.it/ec/v1/carts",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PAYBOX_") or name in (
            "DATABASE_URL",
            "DATABASE_OWNER_URL",
            "REDIS_URL",
        ):
            monkeypatch.delenv(name)


def start(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Environment:
    for name, value in (RIGHT | changed).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    return Environment()


CASELLA = (
    '{"borgo": {"address": "a@pec.example", "password": "x",'
    ' "smtp_url": "smtps://pec.example", "imap_url": "%s"}}'
)


class TestPosta:
    """Certified mail and the e-mail provider: real servers over TLS, with their keys, or not at all."""

    @pytest.mark.parametrize("imap", ["imap://pec.example", "imaps://127.0.0.1"])
    def test_a_mailbox_in_clear_or_local_is_refused(self, monkeypatch, tmp_path, imap) -> None:
        bundle = tmp_path / "ca.pem"
        bundle.write_text("")
        given = {"PAYBOX_PEC_ACCOUNTS": CASELLA % imap, "PAYBOX_PEC_CA_BUNDLE": str(bundle)}
        with pytest.raises(ValidationError, match="PAYBOX_PEC_ACCOUNTS"):
            start(monkeypatch, **given)

    def test_a_mailbox_needs_certifiers_to_believe(self, monkeypatch, tmp_path) -> None:
        with pytest.raises(ValidationError, match="PAYBOX_PEC_CA_BUNDLE"):
            start(monkeypatch, PAYBOX_PEC_ACCOUNTS=CASELLA % "imaps://pec.example")
        bundle = tmp_path / "ca.pem"
        bundle.write_text("")
        right = start(monkeypatch, PAYBOX_PEC_CA_BUNDLE=str(bundle))
        assert right.pec_accounts["borgo"].password.get_secret_value() == "x"

    @pytest.mark.parametrize("name", ["PAYBOX_IO_URL", "PAYBOX_SEND_URL"])
    def test_a_local_platform_of_the_state_is_refused(self, monkeypatch, name) -> None:
        with pytest.raises(ValidationError, match=f"{name} punta a un simulatore locale"):
            start(monkeypatch, **{name: "http://127.0.0.1:8006/api/v1"})
        there = start(monkeypatch, **{name: "https://api.piattaforma.example.it"})
        assert getattr(there, name.removeprefix("PAYBOX_").lower()).startswith("https://")

    def test_the_provider_needs_its_keys(self, monkeypatch) -> None:
        with pytest.raises(ValidationError, match="PAYBOX_MAILGUN_API_KEY"):
            start(monkeypatch, PAYBOX_MAILGUN_DOMAIN="avvisi.example.it")


class TestProduction:
    def test_a_right_environment_is_accepted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        environment = start(monkeypatch)
        assert environment.is_production
        assert environment.hosts == ["borgo.example.it", ".pagamenti.example.it"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PAYBOX_DEBUG", "true"),
            ("PAYBOX_MOVABLE_CLOCK", "true"),
            ("PAYBOX_MOVABLE_CLOCK", None),
            ("PAYBOX_SECRET_KEY", None),
            ("PAYBOX_SECRET_KEY", DEMO_SECRET),
            ("PAYBOX_SECRET_KEY", "corta"),
            ("DATABASE_URL", None),
            ("DATABASE_URL", ""),
            ("REDIS_URL", None),
            ("PAYBOX_NODE_SEAL", None),
            ("PAYBOX_NODE_CLIENTS", None),
            ("PAYBOX_NODE_CLIENTS", '{"*": []}'),
            ("PAYBOX_ALLOWED_HOSTS", None),
            ("PAYBOX_ALLOWED_HOSTS", "*"),
            ("PAYBOX_EMAIL_HOST", None),
            ("PAYBOX_EMAIL_HOST", "localhost"),
            ("PAYBOX_TWILIO_URL", None),
            ("PAYBOX_TWILIO_URL", "http://localhost:8003"),
            ("PAYBOX_TWILIO_AUTH_TOKEN", None),
            ("PAYBOX_INTERMEDIARY_URL", None),
            ("PAYBOX_INTERMEDIARY_URL", "http://127.0.0.1:8001/intermediary/ws/pa"),
            ("PAYBOX_INTERMEDIARY_PASSWORD", None),
            ("PAYBOX_CHECKOUT_URL", None),
            ("PAYBOX_CHECKOUT_URL", "http://[::1]:8001/checkout"),
        ],
    )
    def test_each_part_of_the_demo_is_refused_by_name(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
    ) -> None:
        with pytest.raises(ValidationError) as refusal:
            start(monkeypatch, **{name: value})
        [error] = refusal.value.errors()
        said = error["msg"].partition("non ammette: ")[2]
        assert name in said
        assert said.count("; ") == 0, f"more than {name} is refused: {said}"

    def test_everything_wrong_is_said_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ValidationError) as refusal:
            Environment(env="production", debug=True)
        said = str(refusal.value)
        for name in set(RIGHT) - {"PAYBOX_ENV", "PAYBOX_PUBLIC_SCHEME", "DATABASE_OWNER_URL"}:
            assert name in said

    def test_no_secret_is_in_the_message(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ValidationError) as refusal:
            start(monkeypatch, PAYBOX_DEBUG="true")
        for name in ("PAYBOX_SECRET_KEY", "PAYBOX_NODE_SEAL", "PAYBOX_INTERMEDIARY_PASSWORD"):
            assert RIGHT[name] not in str(refusal.value)

    def test_the_product_does_not_start(self) -> None:
        wrong = {"PATH": os.environ["PATH"], **RIGHT, "PAYBOX_DEBUG": "true"}
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            check=False, capture_output=True, text=True, cwd=ROOT, env=wrong, timeout=60,
        )  # fmt: skip
        assert done.returncode != 0
        assert "PAYBOX_ENV=production non ammette: PAYBOX_DEBUG attivo" in done.stderr


class TestDatabase:
    def test_the_runtime_role_is_the_default_and_the_owner_is_asked_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert start(monkeypatch).database["USER"] == "paybox_app"
        assert start(monkeypatch, PAYBOX_DB_ROLE="owner").database["USER"] == "paybox_owner"

    def test_without_an_owner_the_one_role_does_both(self, monkeypatch: pytest.MonkeyPatch) -> None:
        alone = start(monkeypatch, PAYBOX_DB_ROLE="owner", DATABASE_OWNER_URL=None)
        assert alone.database["USER"] == "paybox_app"

    def test_an_address_is_read_whole(self) -> None:
        entry = database_entry("postgresql://paybox_app:p%40rola@db.example.it:5433/paybox")
        assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example.it", "5433", "paybox")
        assert (entry["USER"], entry["PASSWORD"]) == ("paybox_app", "p@rola")


def test_unset_means_the_demo_on_this_machine() -> None:
    environment = Environment()
    assert environment.env == "development"
    assert not environment.debug
    assert ".localhost" in environment.hosts
