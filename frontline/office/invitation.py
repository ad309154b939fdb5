"""The link of an invitation: who is new chooses her password, once, and enters."""

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from frontline.access import public_page
from tenants.selectors.people import invited_user
from tenants.services.people import choose_password


@public_page
@never_cache
def accept(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """A link that is not good any more says whom to ask, and nothing about who was invited."""
    user = invited_user(uid, token)
    if user is None:
        return render(request, "office/invitation.html", {"gone": True}, status=410)
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        choose_password(user=user, password=form.cleaned_data["new_password1"])
        messages.success(request, "La password è scelta: ora si può entrare.")
        return redirect("account_login")
    page = {"form": form, "invited": user}
    return render(request, "office/invitation.html", page, status=422 if form.errors else 200)
