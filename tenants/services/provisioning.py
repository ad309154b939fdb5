"""A new Ente: all of it or nothing. Asked twice with the same words, it changes nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django_tenants.utils import schema_context, schema_exists
from psycopg import sql

from paybox.kernel.problems import Refused
from paybox.kernel.schema import enter_public
from tenants.models import Domain, Ente
from tenants.services.schemas import migrate_ente

_SCHEMA = re.compile(r"^[a-z][a-z0-9_]{1,40}$")
_DOMAIN = re.compile(
    r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
)
_RESERVED = frozenset({"public", "information_schema", "www", "api", "platform"})

_afterwards: list[Callable[[Ente], object]] = []


def after_provisioning(action: Callable[[Ente], object]) -> None:
    """Apps above register here what a new Ente starts with; run in its schema, idempotent."""
    _afterwards.append(action)


class ProvisioningRefused(Refused):
    """The data of the Ente are not acceptable; nothing was made."""


@dataclass(frozen=True, slots=True)
class EnteData:
    """What an Ente is known by; empty ``broker`` means it is its own intermediary."""

    schema: str
    name: str
    kind: str
    codice_fiscale: str
    domains: tuple[str, ...]
    iban: str = ""
    broker: str = ""
    station: str = ""
    segregation: str = "01"
    cbill: str = ""
    ipa_code: str = ""
    postal_iban: str = ""
    postal_account: str = ""
    postal_holder: str = ""
    postal_authorization: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    sms_alias: str = ""
    patron_saint: str = ""
    accessibility_url: str = ""
    privacy_url: str = ""


def provision_ente(*, data: EnteData, at: datetime) -> Ente:
    """Create or update the Ente, its domains and its schema. Idempotent.

    Raises ProvisioningRefused with one clear line; then nothing is left behind.
    """
    enter_public()
    _check(data)
    existed = schema_exists(data.schema)
    try:
        with transaction.atomic():
            ente = _write(data, at)
            migrate_ente(data.schema)
            with schema_context(data.schema):
                for action in _afterwards:
                    action(ente)
    except Exception:
        enter_public()
        if not existed:
            _drop(data.schema)
        raise
    finally:
        enter_public()
    return ente


def _check(data: EnteData) -> None:
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    if not _SCHEMA.match(data.schema) or data.schema in _RESERVED or data.schema.startswith("pg_"):
        raise ProvisioningRefused(
            f"schema «{data.schema}»: servono lettere minuscole, cifre o _, e non un nome riservato"
        )
    if data.kind not in Ente.Kind.values:
        raise ProvisioningRefused(f"tipo «{data.kind}»: uno fra {', '.join(Ente.Kind.values)}")
    if not data.name.strip() or len(data.name) > 140:
        raise ProvisioningRefused("nome dell'Ente assente o più lungo di 140 caratteri")
    for label, value in (
        ("codice fiscale", data.codice_fiscale),
        ("intermediario", data.broker or data.codice_fiscale),
    ):
        if not re.fullmatch(r"\d{11}", value):
            raise ProvisioningRefused(f"{label} «{value}»: servono 11 cifre")
    if not re.fullmatch(r"\d{2}", data.segregation) or int(data.segregation) > 49:
        raise ProvisioningRefused(
            f"codice di segregazione «{data.segregation}»: due cifre da 00 a 49"
        )
    if data.station and not re.fullmatch(r"\d{11}_\d{2}", data.station):
        raise ProvisioningRefused(
            f"stazione «{data.station}»: codice fiscale dell'intermediario, _ e due cifre"
        )
    if not data.domains:
        raise ProvisioningRefused("serve almeno un dominio")
    for domain in data.domains:
        _check_domain(domain, data.schema)
    try:
        for iban in filter(None, (data.iban, data.postal_iban)):
            IBAN(iban, validate_bban=True)
    except SchwiftyException as error:
        raise ProvisioningRefused(f"IBAN «{iban}» non valido") from error
    twin = (
        Ente.objects.filter(codice_fiscale=data.codice_fiscale)
        .exclude(schema_name=data.schema)
        .first()
    )
    if twin:
        raise ProvisioningRefused(f"il codice fiscale {data.codice_fiscale} è già di «{twin.name}»")


def _check_domain(domain: str, schema: str) -> None:
    if not _DOMAIN.match(domain):
        raise ProvisioningRefused(
            f"dominio «{domain}» non valido: un nome host minuscolo, senza porta"
        )
    owner = Domain.objects.filter(domain=domain).select_related("tenant").first()
    if owner and owner.tenant.schema_name != schema:
        raise ProvisioningRefused(f"il dominio {domain} è già di «{owner.tenant.name}»")


def _write(data: EnteData, at: datetime) -> Ente:
    broker = data.broker or data.codice_fiscale
    fields = {
        name: getattr(data, name)
        for name in EnteData.__slots__
        if name not in ("schema", "domains")
    }
    fields |= {
        "broker": broker,
        "station": data.station or f"{broker}_01",
        "iban": data.iban.replace(" ", ""),
        "postal_iban": data.postal_iban.replace(" ", ""),
    }
    ente: Ente = Ente.objects.update_or_create(
        schema_name=data.schema, defaults=fields, create_defaults={**fields, "created_at": at}
    )[0]
    for index, domain in enumerate(data.domains):
        Domain.objects.update_or_create(
            domain=domain, defaults={"tenant": ente, "is_primary": index == 0}
        )
    return ente


def _drop(schema: str) -> None:
    """Only what this call made: the transaction has taken it back already, unless a migration ran outside one."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
