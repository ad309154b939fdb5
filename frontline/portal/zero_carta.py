"""«Zero carta»: who wants the notices by e-mail says so here, proves that the address is hers, goes back when she likes.

Nothing that the Ente knows of her is shown: only that a choice is in force, and since when.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dunning.inbound.consents import is_its_code
from dunning.services.contact_checks import ask_contact, take_confirmation
from frontline.access import EnteRequest, public_page
from frontline.portal.grants import GrantRefused
from frontline.portal.rate_limit import (
    PER_ADDRESS,
    PER_NOTICE,
    TooManyAttempts,
    client_address,
    count_attempt,
)
from frontline.portal.zero_carta_forms import ChoiceForm, CodeForm, IdentityForm
from frontline.portal.zero_carta_grants import (
    check_here,
    person_here,
    person_of,
    remember_check,
    remember_person,
)
from frontline.portal.zero_carta_links import back_to_paper
from paybox.kernel.actor import CITIZEN
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from registry.models import Consent, Contact, ContactCheck, Subject
from registry.rules.consent import CURRENT_TEXT, TEXTS, ConsentRefused
from registry.selectors.consents import consents_in_force, is_reached_by_email
from registry.services.consents import count_try

NOT_FOUND = (
    "Nessun invito e nessun avviso corrisponde a questo codice e a questo codice fiscale insieme. "
    "Controllarli tutti e due."
)


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: EnteRequest) -> HttpResponse:
    """Who she is. The invitation's QR brings the code; the codice fiscale is always typed."""
    if request.method != "POST":
        form = IdentityForm(initial={"code": request.GET.get("codice", "")[:20]})
        return render(request, "portal/zero_carta.html", {"form": form})
    form = IdentityForm(request.POST)
    try:
        count_attempt(kind="zero-carta", key=client_address(request), limit=PER_ADDRESS)
        person = _person(form) if form.is_valid() else None
    except TooManyAttempts as refusal:
        page = {"form": form, "trouble": str(refusal)}
        return render(request, "portal/zero_carta.html", page, status=429)
    if person is None:
        return render(request, "portal/zero_carta.html", {"form": form}, status=422)
    remember_person(request, person, schema=request.tenant.schema_name)
    return redirect("portal:zero_carta_choice")


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: EnteRequest) -> HttpResponse:
    """Her addresses and her consent; what is in force, and the press that withdraws it."""
    try:
        person = person_here(request, schema=request.tenant.schema_name)
    except GrantRefused as refusal:
        return _start_again(request, refusal)
    form = ChoiceForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _choice_page(request, person, form)
    try:
        count_attempt(kind="zero-carta-send", key=client_address(request), limit=PER_NOTICE)
        _ask(request, person, form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _choice_page(request, person, form)
    return redirect("portal:zero_carta_choice")


@public_page
@never_cache
@require_POST
def code(request: EnteRequest) -> HttpResponse:
    """The six digits of the SMS: a few tries, each counted before it is looked at."""
    try:
        person = person_here(request, schema=request.tenant.schema_name)
    except GrantRefused as refusal:
        return _start_again(request, refusal)
    check, form = check_here(request, person), CodeForm(request.POST)
    if check is None:
        return redirect("portal:zero_carta_choice")
    if form.is_valid():
        try:
            _take_code(check, form.cleaned_data["code"])
        except ConsentRefused as refusal:
            form.add_error("code", f"{refusal}.")
        else:
            messages.success(request, "Il cellulare è confermato.")
            return redirect("portal:zero_carta_choice")
    return _choice_page(request, person, ChoiceForm(), code_form=form)


@public_page
@never_cache
@require_POST
def withdraw(request: EnteRequest) -> HttpResponse:
    """One press: back to paper."""
    try:
        person = person_here(request, schema=request.tenant.schema_name)
    except GrantRefused as refusal:
        return _start_again(request, refusal)
    back_to_paper(person, Consent.Source.PORTAL)
    messages.success(request, "Fatto: gli avvisi arriveranno su carta.")
    return redirect("portal:zero_carta_choice")


def _person(form: IdentityForm) -> Subject | None:
    """Counted by code too: nobody tries codici fiscali one after the other. Raises TooManyAttempts."""
    asked = form.cleaned_data
    count_attempt(kind="zero-carta-code", key=asked["code"], limit=PER_NOTICE)
    person = person_of(**asked)
    if person is None:
        form.add_error(None, NOT_FOUND)
    return person


def _ask(request: EnteRequest, person: Subject, given: dict[str, str]) -> None:
    """Write to each address given. Raises ConsentRefused."""
    same: dict[str, Any] = {"subject_id": person.pk, "source": Consent.Source.PORTAL.value,
                            "text_version": CURRENT_TEXT, "at": now()}  # fmt: skip
    if given["email"]:
        ask_contact(kind=Contact.Kind.EMAIL.value, value=given["email"], **same)
        messages.success(
            request, f"Abbiamo scritto a {given['email']}: aprire il messaggio e confermare."
        )
    if given["mobile"]:
        check = ask_contact(kind=Contact.Kind.MOBILE.value, value=given["mobile"], **same)
        remember_check(request, check)
        messages.success(request, f"Abbiamo mandato un codice a {given['mobile']}.")


def _take_code(check: ContactCheck, typed: str) -> None:
    count_try(check_id=check.pk)
    if not is_its_code(check.uuid, typed):
        raise ConsentRefused("Il codice non è giusto")
    take_confirmation(check_id=check.pk, actor=CITIZEN, at=now())


def _choice_page(
    request: EnteRequest, person: Subject, form: ChoiceForm, *, code_form: CodeForm | None = None
) -> HttpResponse:
    pending = check_here(request, person)
    page = {
        "form": form,
        "text": TEXTS[CURRENT_TEXT],
        "in_force": consents_in_force(person),
        "digital": is_reached_by_email(person),
        "code_form": (code_form or CodeForm(auto_id="sms_%s")) if pending else None,
    }
    wrong = form.errors or (code_form and code_form.errors)
    return render(request, "portal/zero_carta_choice.html", page, status=422 if wrong else 200)


def _start_again(request: EnteRequest, refusal: GrantRefused) -> HttpResponse:
    messages.warning(request, str(refusal))
    return redirect("portal:zero_carta")
