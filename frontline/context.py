"""What every page knows: whose page it is and what the reader may do there."""

from typing import Any

from django.http import HttpRequest


def current_ente(request: HttpRequest) -> dict[str, Any]:
    return {"ente": getattr(request, "tenant", None), "membership": getattr(request, "membership", None)}
