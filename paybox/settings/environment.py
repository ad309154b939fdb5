"""What the environment says: one typed place, read once; production refuses what is only good for a demo."""

from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
DEMO_SECRET = "solo-per-la-dimostrazione-" + "0" * 40
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
READ_URLS = ("fdr_url", "biz_events_url", "gpd_payments_url")


class PecBox(BaseModel):
    """The certified mailbox of one Ente; addresses left out are those of the installation."""

    address: str
    user: str = ""
    password: SecretStr
    smtp_url: str = ""  # smtps://host:465, smtp+starttls://host:587
    imap_url: str = ""  # imaps://host:993, imap+starttls://host:143


class Environment(BaseSettings):
    """Every variable that PayBox reads. Unset means the local service of the demo."""

    model_config = SettingsConfigDict(
        env_prefix="PAYBOX_", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    env: Literal["development", "test", "production"] = "development"
    debug: bool = False
    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    var_dir: Path = ROOT / "var"
    port: int = 8000
    public_scheme: Literal["http", "https"] = "http"
    allowed_hosts: str = ""
    platform_hosts: str = "localhost,127.0.0.1"
    movable_clock: bool = True
    db_role: Literal["app", "owner"] = "app"

    database_url: SecretStr = Field(default=SecretStr(""), validation_alias="DATABASE_URL")
    database_owner_url: SecretStr = Field(
        default=SecretStr(""), validation_alias="DATABASE_OWNER_URL"
    )
    redis_url: SecretStr = Field(
        default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL"
    )

    email_backend: str = "django.core.mail.backends.smtp.EmailBackend"
    email_host: str = "127.0.0.1"
    email_port: int = 8025
    email_user: str = ""
    email_password: SecretStr = SecretStr("")
    email_use_tls: bool = False
    email_sender: str = "avvisi@paybox.example"
    email_senders: dict[str, str] = Field(default_factory=dict)  # schema → its own sender
    # Over SMTP: where other servers write back, and where that mailbox is read; empty: nothing is asked.
    email_return_path: str = ""
    email_returns_url: str = ""  # imaps://host:993, imap+starttls://host:143
    email_returns_user: str = ""
    email_returns_password: SecretStr = SecretStr("parola-dimostrativa")
    dkim_selector: str = "paybox"
    spf_include: str = ""  # of the provider, as in mailgun.org
    dns_server: str = ""  # host:port; empty: the machine's own

    mailgun_domain: str = ""  # e-mail leaves through Mailgun when there is one
    mailgun_url: str = "https://api.eu.mailgun.net/v3"
    mailgun_api_key: SecretStr = SecretStr("")
    mailgun_signing_key: SecretStr = SecretStr("")

    twilio_url: str = "http://127.0.0.1:8003"
    twilio_account_sid: str = "AC00000000000000000000000000000000"
    twilio_auth_token: SecretStr = SecretStr("gettone-dimostrativo")
    twilio_sender: str = "PayBox"
    # Of one Ente, channel by channel; a channel that is not named has no brake of ours.
    messages_per_second: dict[str, float] = Field(
        default_factory=lambda: {"SMS": 50.0, "EMAIL": 50.0, "PEC": 5.0, "IO": 14.0, "SEND": 5.0}
    )

    # How long the words of courtesy messages are kept; proofs of formal acts are never thrown away.
    courtesy_months: int = Field(default=24, ge=1)
    # How long the trace of work that was done stays in the outbox; what failed for good waits for a person.
    outbox_days: int = Field(default=30, ge=1)

    pec_accounts: dict[str, PecBox] = Field(default_factory=dict)  # schema → its mailbox
    pec_smtp_url: str = "smtp://127.0.0.1:8026"
    pec_imap_url: str = "imap://127.0.0.1:8143"
    pec_password: SecretStr = SecretStr("parola-dimostrativa")  # of the local provider
    pec_ca_bundle: Path | None = None  # PEM of the certifiers whose receipts are believed
    pec_acceptance_minutes: int = 60
    pec_delivery_hours: int = 24

    # Platforms of the State; an empty address is one that is not there. The keys are each Ente's own, in its schema.
    io_url: str = ""  # https://api.io.pagopa.it/api/v1
    send_url: str = ""  # https://api.notifichedigitali.it
    send_cancel: str = Field(
        default="PUT /delivery-push/v2.0/notifications/cancel/{iun}",
        pattern=r"^[A-Z]+ /[^ ]*\{iun\}[^ ]*$",
    )

    intermediary_url: str = "http://127.0.0.1:8001/intermediary/ws/pa"
    intermediary_password: SecretStr = SecretStr("password1")
    intermediary_bulk_from: int = (
        100  # notices of one job that go in one file; 0: always one by one
    )
    intermediary_bulk_size: int = (
        2_000  # positions of one such file: a load goes in files of so many
    )
    # Roads to pagoPA beside the intermediary; an empty address is a road that is not there.
    aca_url: str = ""
    aca_key: SecretStr = SecretStr("")
    gpd_url: str = ""
    gpd_key: SecretStr = SecretStr("")
    checkout_url: str = "http://127.0.0.1:8001/checkout/ec/v1/carts"
    checkout_pages: str = ""  # where the payer is sent, when it is not where the carts are asked
    checkout_key: SecretStr = SecretStr("")
    fdr_url: str = ""  # where flows are asked for; empty: they are handed over as files
    fdr_protocol: Literal["rest", "soap"] = "rest"  # the API for organisations, or nodeForPa
    fdr_key: SecretStr = SecretStr("")
    fdr_password: SecretStr = SecretStr("")  # of the station, for nodeForPa
    gpd_payments_url: str = ""  # receipts of what was paid through GPD; empty: not asked
    gpd_payments_key: SecretStr = SecretStr("")
    biz_events_url: str = ""  # receipts that never came; empty: they are waited for
    biz_events_key: SecretStr = SecretStr("")
    biz_events_calls: int = 10  # every 60 minutes, for each Ente and each archive of receipts
    receipt_recovery_minutes: int = 60  # after its flow
    receipt_wait_hours: int = 72  # then what a flow reports is booked without its receipt
    taxonomy: list[str] = Field(default_factory=list)  # codes in use; none: any of the right shape
    node_seal: SecretStr = SecretStr("")
    # {"station or *": ["name (CN) or SHA-1 fingerprint of a certificate", …]}
    node_clients: dict[str, list[str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def refuse_demo_parts_in_production(self) -> Self:
        """A stand-in, a default secret, DEBUG or the movable clock never reach production."""
        if self.env == "production" and (problems := self._demo_parts()):
            raise ValueError("PAYBOX_ENV=production non ammette: " + "; ".join(problems))
        return self

    def _demo_parts(self) -> list[str]:
        """Names and reasons of the settings that are only good for a demo."""
        problems = []
        if self.debug:
            problems.append("PAYBOX_DEBUG attivo")
        if self.movable_clock:
            problems.append("PAYBOX_MOVABLE_CLOCK attivo (orologio spostabile)")
        if (
            len(self.secret_key.get_secret_value()) < 50
            or "dimostra" in self.secret_key.get_secret_value()
        ):
            problems.append("PAYBOX_SECRET_KEY assente, predefinita o più corta di 50 caratteri")
        if not self.database_url.get_secret_value():
            problems.append("DATABASE_URL assente")
        if not self.node_seal.get_secret_value():
            problems.append(
                "PAYBOX_NODE_SEAL assente (sigillo del proxy che verifica il certificato del Nodo)"
            )
        if not any(self.node_clients.values()):
            problems.append("PAYBOX_NODE_CLIENTS assente (certificati ammessi per ogni stazione)")
        if "REDIS_URL" not in self.model_fields_set and "redis_url" not in self.model_fields_set:
            problems.append("REDIS_URL assente")
        if not self.allowed_hosts or "*" in self.allowed_hosts:
            problems.append("PAYBOX_ALLOWED_HOSTS assente o generico")
        for name in (
            "twilio_url",
            "intermediary_url",
            "aca_url",
            "gpd_url",
            "checkout_url",
            "io_url",
            "send_url",
            *READ_URLS,
        ):
            if urlsplit(getattr(self, name)).hostname in LOCAL_HOSTS:
                problems.append(f"PAYBOX_{name.upper()} punta a un simulatore locale")
        if self.fdr_protocol == "soap" and len(self.fdr_password.get_secret_value()) < 8:
            problems.append("PAYBOX_FDR_PASSWORD assente o più corta di 8 caratteri")
        problems += self._demo_email()
        problems += self._demo_pec()
        if "dimostra" in self.twilio_auth_token.get_secret_value():
            problems.append("PAYBOX_TWILIO_AUTH_TOKEN predefinito")
        if self.intermediary_password.get_secret_value() == "password1":
            problems.append("PAYBOX_INTERMEDIARY_PASSWORD predefinita")
        return problems

    def _demo_email(self) -> list[str]:
        """Of ordinary e-mail: a provider with its keys, or a real server."""
        if self.mailgun_domain:
            keys = (self.mailgun_api_key, self.mailgun_signing_key)
            problems = (
                []
                if all(k.get_secret_value() for k in keys)
                else ["PAYBOX_MAILGUN_API_KEY o _SIGNING_KEY assente"]
            )
            if urlsplit(self.mailgun_url).hostname in LOCAL_HOSTS:
                problems.append("PAYBOX_MAILGUN_URL punta a un simulatore locale")
            return problems
        smtp = self.email_backend.endswith("smtp.EmailBackend")
        local = smtp and self.email_host in LOCAL_HOSTS
        problems = ["PAYBOX_EMAIL_HOST punta a una casella locale"] if local else []
        returns = urlsplit(self.email_returns_url)
        if returns.hostname in LOCAL_HOSTS or returns.scheme == "imap":
            problems.append("PAYBOX_EMAIL_RETURNS_URL è locale o senza TLS")
        return problems

    def _demo_pec(self) -> list[str]:
        """Of certified mail, when some Ente has it: real servers, over TLS, and somebody to believe."""
        problems = []
        for schema, box in self.pec_accounts.items():
            for url in (box.smtp_url or self.pec_smtp_url, box.imap_url or self.pec_imap_url):
                parts = urlsplit(url)
                if parts.hostname in LOCAL_HOSTS or parts.scheme in ("smtp", "imap"):
                    problems.append(f"PAYBOX_PEC_ACCOUNTS di {schema}: {url} è locale o senza TLS")
        if self.pec_accounts and not (self.pec_ca_bundle and self.pec_ca_bundle.is_file()):
            problems.append("PAYBOX_PEC_CA_BUNDLE assente (certificatori delle ricevute PEC)")
        return problems

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @cached_property
    def database(self) -> dict[str, object]:
        """The Django database entry for the role in force: ``app`` at run time, ``owner`` for migrations."""
        owner = self.database_owner_url.get_secret_value()
        url = owner if self.db_role == "owner" and owner else self.database_url.get_secret_value()
        return database_entry(url or "postgresql://paybox_app@127.0.0.1:1/paybox")

    @cached_property
    def hosts(self) -> list[str]:
        if self.allowed_hosts:
            return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]
        return [".localhost", "localhost", "127.0.0.1", "testserver"]


def database_entry(url: str) -> dict[str, object]:
    """``postgresql://user:password@host:port/name`` → the dict Django wants."""
    parts = urlsplit(url)
    return {
        "ENGINE": "paybox.kernel.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 5},
    }
