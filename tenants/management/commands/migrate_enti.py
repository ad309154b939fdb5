"""manage.py migrate_enti: ``public``, then every Ente, to the head; rights renewed. Runs as the owner role."""

from typing import Any

from django.core.management.base import BaseCommand

from tenants.selectors.enti import active_schemas
from tenants.services.schemas import migrate_ente, migrate_public


class Command(BaseCommand):
    help = "Aggiorna lo schema comune e quello di ogni Ente."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate_public()
        schemas = active_schemas()
        for schema in schemas:
            migrate_ente(schema)
        self.stdout.write(f"schema comune e {len(schemas)} Enti aggiornati")
