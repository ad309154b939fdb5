"""Which schema this connection works in: the typed side of django-tenants' connection."""

from typing import Any, Protocol, cast

from django.db import connection


class _TenantConnection(Protocol):
    schema_name: str

    def set_tenant(self, tenant: Any) -> None: ...

    def set_schema_to_public(self) -> None: ...


def _connection() -> _TenantConnection:
    return cast(_TenantConnection, connection)


def schema_in_force() -> str:
    """The name of the schema, ``public`` when no Ente is active."""
    return _connection().schema_name


def enter_ente(ente: Any) -> None:
    _connection().set_tenant(ente)


def enter_public() -> None:
    _connection().set_schema_to_public()
