"""Staff accounts are made by an administrator: nobody signs up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class ClosedSignupAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Of an Ente, its office; of the platform, its first page."""
        return reverse("office:board") if getattr(request, "tenant", None) else "/"
