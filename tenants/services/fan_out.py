"""Do the same thing in every Ente, one after the other: what fails in one does not stop the others."""

import logging
from collections.abc import Callable

from django.db import close_old_connections
from django_tenants.utils import get_public_schema_name, schema_context

from tenants.selectors.enti import active_schemas

log = logging.getLogger(__name__)


def for_each_ente(action: Callable[[], object]) -> list[str]:
    """Run ``action`` in each active Ente's schema. Returns the schemas where it failed (already logged)."""
    close_old_connections()
    with schema_context(get_public_schema_name()):
        schemas = active_schemas()
    failed = []
    for schema in schemas:
        try:
            with schema_context(schema):
                action()
        except Exception:  # one Ente's trouble must not stop the others
            log.exception("lavoro periodico fallito per %s", schema)
            failed.append(schema)
    return failed
