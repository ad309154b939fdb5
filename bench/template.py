"""``python -m bench.template``: migrate the template database and make its one Ente."""

from datetime import UTC, datetime

import django

ENTE = "borgo"
CODICE_FISCALE = "80012345678"
SEGREGATION = "01"


def fill() -> None:
    from tenants.services.provisioning import EnteData, provision_ente
    from tenants.services.schemas import migrate_public

    migrate_public()
    provision_ente(
        data=EnteData(
            schema=ENTE, name="Comune di Borgo", kind="COMUNE", codice_fiscale=CODICE_FISCALE,
            domains=("borgo.localhost",), segregation=SEGREGATION, iban="IT60X0542811101000000123456",
            cbill="ABCDE",
        ),
        at=datetime(2026, 1, 1, 8, tzinfo=UTC),
    )  # fmt: skip


if __name__ == "__main__":
    django.setup()
    fill()
