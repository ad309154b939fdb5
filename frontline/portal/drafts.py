"""A spontaneous payment half-way: kept in the session between the form and the summary, opened once.

The reference is chosen when the draft begins; the database takes it only once, so a double click opens one position.
"""

from dataclasses import asdict, dataclass

from django.db import IntegrityError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from billing.models import Position, Service
from billing.services.positions import PositionRefused
from billing.services.spontaneous import new_reference, open_spontaneous
from frontline.portal.spontaneous_form import SpontaneousForm
from paybox.kernel.actor import CITIZEN
from paybox.kernel.clock import now, today
from registry.rules.codice_fiscale import check_codice_fiscale
from registry.rules.names import sort_key
from registry.services.subjects import SubjectData

_SESSION_KEY = "portal_drafts"


@dataclass(frozen=True, slots=True)
class Draft:
    """``typed`` as the citizen wrote it, so that «Modifica» gives it back untouched."""

    reference: str
    typed: dict[str, str]


def draft_of(request: HttpRequest, service: Service) -> Draft | None:
    kept = request.session.get(_SESSION_KEY, {}).get(service.code)
    return Draft(**kept) if kept else None


def keep_draft(request: HttpRequest, form: SpontaneousForm) -> Draft:
    """Remember what was typed; a draft being corrected keeps its reference."""
    before = draft_of(request, form.service)
    typed = {name: str(form.data.get(name, "")) for name in form.fields if name != "documento"}
    draft = Draft(before.reference if before else new_reference(), typed)
    drafts = request.session.get(_SESSION_KEY, {})
    request.session[_SESSION_KEY] = {**drafts, form.service.code: asdict(draft)}
    return draft


def drop_draft(request: HttpRequest, service: Service) -> None:
    drafts = request.session.get(_SESSION_KEY, {})
    request.session[_SESSION_KEY] = {
        code: kept for code, kept in drafts.items() if code != service.code
    }


def drop_drafts(request: HttpRequest) -> None:
    request.session.pop(_SESSION_KEY, None)


def handle_of(reference: str) -> str:
    """The handle of the page where a draft ends: the same for both requests of a double click."""
    return salted_hmac("frontline.portal.draft", reference).hexdigest()[:16]


def open_once(form: SpontaneousForm, *, reference: str, segregation: str) -> Position:
    """The position of that reference, opened now or by the request before. Raises FormRefused, PositionRefused."""
    opened = _opened(form.service, reference)
    if opened:
        return opened
    try:
        return open_spontaneous(
            service=form.service,
            payer=_payer(form),
            amount_cents=form.amount_cents,
            answers=form.cleaned_data["answers"],
            segregation=segregation,
            actor=CITIZEN,
            at=now(),
            today=today(),
            reference=reference,
            document=form.document,
        )
    except (PositionRefused, IntegrityError):
        opened = _opened(form.service, reference)
        if opened is None:
            raise
        return opened


def _opened(service: Service, reference: str) -> Position | None:
    return Position.objects.filter(service=service, reference=reference).first()


def _payer(form: SpontaneousForm) -> SubjectData:
    """Without the e-mail: whoever is at the keyboard must not become where the Ente writes to that codice fiscale."""
    data = form.cleaned_data
    return SubjectData(
        kind=check_codice_fiscale(data["codice_fiscale"]).kind,
        codice_fiscale=data["codice_fiscale"],
        name=data["denominazione"],
        sort_key=sort_key(data["denominazione"]),
    )
