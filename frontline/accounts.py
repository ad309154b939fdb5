"""Staff accounts are made by an administrator: nobody signs up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from paybox.kernel.clock import today
from tenants.roles import Capability
from tenants.selectors.enti import membership_of


class ClosedSignupAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Of an Ente, its office, or the telephone for who does nothing else; of the platform, its first page."""
        ente = getattr(request, "tenant", None)
        if ente is None:
            return "/"
        user = getattr(request, "user", None)
        known = membership_of(user, ente, on=today()) if user and user.is_authenticated else None
        telephones = known is not None and not known.may(Capability.SEE)
        return reverse("office:phone_desk" if telephones else "office:board")
