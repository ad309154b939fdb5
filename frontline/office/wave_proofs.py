"""The register of proofs of a sending: its seals, whether they still hold, and why; the sendings where one does not."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import SealCheck
from dunning.selectors.seals import broken_checks, last_check, sealed_until, seals_newest_first
from dunning.selectors.wave_proof import in_words
from dunning.services.seal_checks import ask_check
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.waves import access_wave
from frontline.office.why_money import Meaning, Why
from paybox.kernel.clock import now
from tenants.roles import Capability

_RULE = (
    "Ogni notte i messaggi partiti e ciò che se ne è saputo sono chiusi da un sigillo: un'impronta SHA-256 calcolata su tutti "
    "i loro dati e sul sigillo della notte prima. Togliendo, aggiungendo o cambiando un solo dato il conto non torna più."
)
_REMEDY = (
    "Non usare come prova i messaggi di quel sigillo e avvisare subito chi gestisce l'installazione: l'impronta stampata nei "
    "fascicoli e nei consuntivi già scaricati, e le copie di sicurezza, dicono com'erano."
)
_BROKEN = Meaning("Un sigillo non tiene", _RULE, "Responsabile", _REMEDY)
_HOLDS = Meaning("I sigilli tengono", _RULE, "", "")


@staff(Capability.SEND)
def proofs(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The whole page, or only its verification when the page itself asks."""
    shown = access_wave(request, uuid)
    check = last_check(shown)
    page = {
        "wave": shown,
        "check": check,
        "meaning": _BROKEN if check and check.broken else _HOLDS,
        "why": why_check(check) if check and check.ended_at else None,
        "page": page_of(request, seals_newest_first(shown)),
        "sealed_until": sealed_until(),
        "crumbs": _trail((str(shown.get_kind_display()), reverse("office:wave", args=[uuid])), ("Registro delle prove", "")),
    }  # fmt: skip
    template = "office/wave_proofs.html"
    return render(request, f"{template}#check" if request.htmx else template, page)


@staff(Capability.SEND)
@require_POST
def verify(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """At once, or as work when there is much to read."""
    ask_check(wave_id=access_wave(request, uuid).pk, actor=request.actor, at=now())
    return redirect("office:wave_proofs", uuid=uuid)


@staff(Capability.SEND)
def broken_proofs(request: StaffRequest) -> HttpResponse:
    """The sendings whose last verification found a seal that does not hold."""
    found = broken_checks(scope=request.membership.services)
    page = {"page": page_of(request, found), "crumbs": _trail(("Prove da controllare", ""))}
    return render(request, "office/broken_proofs.html", page)


def why_check(check: SealCheck) -> Why:
    """Of a verification that has ended."""
    if check.broken:
        return Why(_RULE, f"{check.words}.", f"Sigillo n. {check.broken} di questo registro")
    if not check.seals:
        return Why(
            _RULE, f"Nessun sigillo ancora. {_waiting(check)}", "Elenco dei sigilli, qui sotto"
        )
    counted = "L'unico sigillo è stato ricalcolato" if check.seals == 1 else f"I {check.seals} sigilli sono stati ricalcolati"  # fmt: skip
    fact = f"{counted} su {in_words(check.messages, check.events)}: le impronte sono quelle scritte allora. {_waiting(check)}"
    return Why(_RULE, fact, f"Elenco dei sigilli, qui sotto, fino al n. {check.seals}")


def _waiting(check: SealCheck) -> str:
    if not check.waiting:
        return "Nulla aspetta il prossimo sigillo."
    return f"Fra messaggi ed esiti, {check.waiting} aspettano il prossimo sigillo."


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs(("Invii", reverse("office:waves")), *steps)
