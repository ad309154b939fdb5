"""What every page knows: whose page it is and what the reader may do there."""

from typing import Any

from django.http import HttpRequest

from tenants.models import Membership
from tenants.roles import Capability, Role


def current_ente(request: HttpRequest) -> dict[str, Any]:
    """``ente`` is None on the platform; ``may`` has a key per capability, all false for the public."""
    membership: Membership | None = getattr(request, "membership", None)
    return {
        "ente": getattr(request, "tenant", None),
        "membership": membership,
        "role_label": Role(membership.role).label if membership else "",
        "may": {c.value: membership is not None and membership.may(c) for c in Capability},
    }
