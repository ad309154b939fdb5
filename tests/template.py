"""``python -m tests.template``: fills the template database with two Enti and the cast. Runs as the owner role."""

import os
from datetime import UTC, date, datetime

import django

BORGO = "80012345678"
VALLE = "80098765432"
PASSWORD = "parola-lunga-di-prova"
SINCE = date(2026, 1, 1)

# The cast: Ada may, Bruno reads, Carla belongs to nobody here; Dario works for Valle alone.
CAST = {
    "ada@example.org": ("Ada Bianchi", {"borgo": "responsabile"}),
    "bruno@example.org": ("Bruno Verdi", {"borgo": "lettore"}),
    "carla@example.org": ("Carla Neri", {}),
    "dario@example.org": ("Dario Gallo", {"valle": "responsabile"}),
    "elena@example.org": ("Elena Fabbri", {"borgo": "funzionario"}),
    "franco@example.org": ("Franco Riva", {"borgo": "ragioneria"}),
    "gina@example.org": ("Gina Sarti", {"borgo": "operatore"}),
}


def fill() -> None:
    from tenants.models import Ente, Membership, User
    from tenants.services.provisioning import EnteData, provision_ente
    from tenants.services.schemas import migrate_public

    migrate_public()
    at = datetime(2026, 1, 1, 8, tzinfo=UTC)
    provision_ente(
        data=EnteData(
            schema="borgo", name="Comune di Borgo", kind="COMUNE", codice_fiscale=BORGO,
            domains=("borgo.localhost",), iban="IT60X0542811101000000123456", cbill="ABCDE", ipa_code="c_borgo",
            sms_alias="ComuneBorgo", address="Piazza del Popolo 1, 00010 Borgo (RM)",
        ),
        at=at,
    )  # fmt: skip
    provision_ente(
        data=EnteData(
            schema="valle", name="Ordine di Valle", kind="ORDINE", codice_fiscale=VALLE, broker=BORGO,
            domains=("valle.localhost",), iban="IT60X0542811101000000123456", segregation="02", ipa_code="o_valle",
        ),
        at=at,
    )  # fmt: skip
    for email, (name, roles) in CAST.items():
        user = User.objects.create_user(email, PASSWORD, name=name)
        for schema, role in roles.items():
            Membership.objects.create(
                user=user, ente=Ente.objects.get(schema_name=schema), role=role, since=SINCE
            )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
    django.setup()
    fill()
