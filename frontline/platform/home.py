"""The platform's only page: what PayBox is, the Enti where the reader works, and how they all are for who looks after them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from frontline.access import public_page
from frontline.platform.health import health_of_enti
from paybox.kernel.clock import today
from tenants.models import Membership
from tenants.selectors.enti import memberships_of, primary_domain


@public_page
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Strangers see what PayBox is and never the list of Enti."""
    if not request.user.is_authenticated:
        return render(request, "platform/welcome.html")
    user = request.user
    context = {
        "workplaces": [_workplace(request, m) for m in memberships_of(user, on=today())],
        "enti": health_of_enti() if user.is_platform_staff else [],
    }
    return render(request, "platform/home.html", context)


def _workplace(request: HttpRequest, membership: Membership) -> dict[str, str]:
    return {
        "name": membership.ente.name,
        "role": membership.get_role_display(),
        "url": f"{ente_url(request, primary_domain(membership.ente))}/ufficio/",
    }


def ente_url(request: HttpRequest, domain: str) -> str:
    """The site of an Ente, on the scheme and port by which the platform is being read."""
    _, colon, port = request.get_host().partition(":")
    return f"{request.scheme}://{domain}{colon}{port}"
