"""Who may open a page: every view carries its policy, and a test reads them all.

An object is only ever looked up inside the Ente's own schema, so another Ente's uuid is simply not found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django_htmx.middleware import HtmxDetails

from paybox.kernel.actor import Actor
from paybox.kernel.clock import today
from tenants.models import Ente, Membership, User
from tenants.roles import Capability
from tenants.selectors.enti import membership_of

P = ParamSpec("P")
NOT_A_MEMBER = "L'accesso è riservato al personale di questo Ente."
NOT_IN_ROLE = "Il suo ruolo in questo Ente non comprende questa operazione."
NOT_PLATFORM = "L'accesso è riservato a chi amministra la piattaforma."


@dataclass(frozen=True, slots=True)
class Policy:
    """``audience`` is ``public``, ``staff`` (with the capability needed) or ``platform``."""

    audience: str
    capability: Capability | None = None


class EnteRequest(HttpRequest):
    """A request to a page of an Ente."""

    tenant: Ente
    htmx: HtmxDetails


class StaffRequest(EnteRequest):
    """A request that ``staff`` let through."""

    membership: Membership
    actor: Actor


def staff(
    capability: Capability,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]
]:
    """Only who has, today, a role in this Ente that may do this. Anonymous readers are sent to log in."""

    def decorate(
        view: Callable[Concatenate[StaffRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return view(_admit(_readable(request), capability), *args, **kwargs)

        return _declare(guarded, Policy("staff", capability))

    return decorate


def public_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Anybody may open it: nothing personal is shown that the reader did not prove to know."""

    @wraps(view)
    def open_to_all(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(_readable(request), *args, **kwargs)

    return _declare(open_to_all, Policy("public"))


def platform_staff(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Only who administers the platform, on the platform's own host."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_platform_staff:
            raise PermissionDenied(NOT_PLATFORM)
        return view(_readable(request), *args, **kwargs)

    return _declare(guarded, Policy("platform"))


def _readable(request: HttpRequest) -> HttpRequest:
    """Without the one character that no text of the database can hold: nobody types it, and it must break no page."""
    if "%00" in request.META.get("QUERY_STRING", ""):
        request.GET = _without_nul(request.GET)
    if request.method == "POST" and any(
        "\0" in value for values in request.POST.lists() for value in values[1]
    ):
        request.POST = _without_nul(request.POST)
    return request


def _without_nul(given: QueryDict) -> Any:
    """Any: Django's types hold that what a request says is never replaced."""
    clean = QueryDict(mutable=True)
    for name, values in given.lists():
        clean.setlist(name, [value.replace("\0", "") for value in values])
    return clean


def _admit(request: HttpRequest, capability: Capability) -> StaffRequest:
    """The request with ``membership`` and ``actor`` on it. Raises PermissionDenied."""
    entering = cast(StaffRequest, request)
    if entering.tenant is None:
        raise Http404
    user = cast(User, request.user)
    membership = membership_of(user, entering.tenant, on=today())
    if membership is None:
        raise PermissionDenied(NOT_A_MEMBER)
    entering.membership = membership
    if not membership.may(capability):
        raise PermissionDenied(NOT_IN_ROLE)
    entering.actor = Actor(user.pk, user.name)
    return entering


def _declare(
    view: Callable[..., HttpResponseBase], policy: Policy
) -> Callable[..., HttpResponseBase]:
    view.access_policy = policy  # type: ignore[attr-defined]  # read by the test that enumerates every URL
    return view
