"""Staff accounts are made by an administrator: nobody signs up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped base
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
