"""Which Ente a request is for: its host name. Unknown hosts get 404, the Node's endpoint takes idPA from the message."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import set_urlconf

from paybox.kernel.schema import enter_ente, enter_public
from tenants.models import Ente
from tenants.selectors.enti import ente_of_host

_FRESH_SECONDS = 60
_known: dict[str, tuple[float, Ente]] = {}
NODE_PATH = "/pagopa/paForNode"


class EnteMiddleware:
    """Sets ``request.tenant`` and the schema, or the platform's own URLs in ``public``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        enter_public()
        host = request.get_host().rsplit(":", 1)[0].lower()
        request.tenant = None  # type: ignore[attr-defined]
        if request.path == NODE_PATH or host in settings.PLATFORM_HOSTS:
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        else:
            ente = _ente(host)
            request.tenant = ente  # type: ignore[attr-defined]
            request.urlconf = settings.ROOT_URLCONF
            enter_ente(ente)
        set_urlconf(request.urlconf)
        try:
            return self.get_response(request)
        finally:
            enter_public()


def _ente(host: str) -> Ente:
    """From memory for up to a minute. Raises Http404 for an unknown host."""
    known = _known.get(host)
    if known and time.monotonic() - known[0] < _FRESH_SECONDS:
        return known[1]
    ente = ente_of_host(host)
    if ente is None:
        raise Http404("Nessun Ente risponde a questo indirizzo")
    _known[host] = (time.monotonic(), ente)
    return ente
