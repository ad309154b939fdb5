"""Who is in a sending, one by one: how it went and why, and what each will read or has read."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from billing.models import Position
from dunning.inbound.addresses import portal_url
from dunning.models import Wave, WaveItem
from dunning.rules.channels import EMAIL, label_of
from dunning.selectors.readings import readings_of
from dunning.selectors.samples import name_of, sample_of
from dunning.selectors.waves import items_of, reason_sentence
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.send_acts import act_at_send
from frontline.office.sent_files import pieces_of
from frontline.office.waves import access_wave
from paybox.kernel.money import format_euro
from tenants.roles import Capability

_SEEN = (WaveItem.State.READY, WaveItem.State.HELD_OUT, WaveItem.State.SENDING)
_BEFORE = (Wave.State.SIMULATED, Wave.State.APPROVED)


@staff(Capability.SEE)
def items(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The list, by outcome."""
    shown = access_wave(request, uuid)
    state, found = asked_items(request, shown)
    listed = page_of(request, found)
    for one in listed.object_list:
        one.shown_name, one.sentence = name_shown(one), reason_shown(one)
    page = {
        "wave": shown,
        "page": listed,
        "state": state,
        "states": WaveItem.State.choices,
        "crumbs": _trail(shown, ("Destinatari", "")),
    }
    return render(request, "office/wave_items.html", page)


def asked_items(request: StaffRequest, shown: Wave) -> tuple[str, QuerySet[WaveItem]]:
    """The outcome that the address of the page asks for, empty for all, and who has it."""
    asked = request.GET.get("stato", "")
    state = asked if asked in WaveItem.State.values else ""
    return state, items_of(shown, states=[state] if state else [])


def name_shown(one: WaveItem) -> str:
    return name_of(one) or one.address or one.key


def reason_shown(one: WaveItem) -> str:
    """Why it did not reach her, empty when there is nothing to say."""
    return one.told.get("problem") or (reason_sentence(one.reason) if one.reason else "")


@staff(Capability.SEE)
def item(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    """One person: what she gets, and why."""
    shown = access_wave(request, uuid)
    one = items_of(shown).filter(pk=pk).first()
    if one is None:
        raise Http404("Destinatario inesistente")
    attempts = list(one.attempts.order_by("try_number"))
    pieces = pieces_of(attempts, uuid)
    seen = readings_of(attempts)
    for attempt in attempts:
        attempt.readings = seen.get(attempt.pk, [])  # type: ignore[attr-defined]  # for the page alone
        attempt.channel_words = label_of(attempt.channel)  # type: ignore[attr-defined]  # for the page alone
        attempt.pieces = pieces[attempt.pk]  # type: ignore[attr-defined]  # for the page alone
        attempt.altered = attempt.body and any(p.trouble for p in attempt.pieces)  # type: ignore[attr-defined]
    link = portal_url(request.tenant)
    page = {
        "wave": shown,
        "item": one,
        "name": name_of(one),
        "why": why_of(one, shown),
        "debts": Position.objects.filter(pk__in=one.position_ids).order_by("next_due_on", "pk"),
        "attempts": attempts,
        "at_send": act_at_send(one),
        "may_send": request.membership.may(Capability.SEND),
        "may_save": request.membership.may(Capability.SEND),
        "sample": sample_of(one, request.tenant, link) if one.state in _SEEN else None,
        "may_leave": shown.state in _BEFORE
        and one.state == WaveItem.State.READY
        and request.membership.may(Capability.SEND),
        "crumbs": _trail(
            shown, ("Destinatari", reverse("office:wave_items", args=[uuid])), ("Destinatario", "")
        ),
    }
    return render(request, "office/wave_item.html", page)


def why_of(one: WaveItem, shown: Wave) -> str:
    """In a sentence: why she is in, or out."""
    if one.told.get("problem"):
        return f"Riga {one.told['line']} dell'elenco: {one.told['problem']}."
    if one.reason:
        return reason_sentence(one.reason)
    if one.state == WaveItem.State.HELD_OUT:
        return (
            "Per sorteggio è nel gruppo di confronto: non riceve questo messaggio per 14 giorni, e intanto si guarda "
            "quanti pagano con e senza."
        )
    if shown.kind == Wave.Kind.INVITE:
        by_mail = "ha dato un indirizzo e-mail non ancora verificato"
        reach = by_mail if one.channel == EMAIL else "riceve gli avvisi su carta"
        return f"Non ha ancora scelto: {reach}, e non è stata invitata di recente."
    owed = f"{format_euro(one.amount_cents)} €"
    if shown.kind == Wave.Kind.LIST:
        return f"È alla riga {one.told.get('line')} dell'elenco, per {owed}."
    if shown.kind == Wave.Kind.ACT:
        return f"Il suo credito è stato riaperto con un atto: deve {owed}."
    if shown.kind == Wave.Kind.NOTICE:
        return f"Ha un avviso da pagare di {owed} e un recapito valido."
    turn = (
        f"ed è il suo turno al {_step(shown)} della procedura"
        if shown.step
        else "e ha un recapito valido"
    )
    owes = f"{owed} in scadenza" if shown.step and not shown.step.number else f"{owed} già scaduti"
    return f"Al {shown.planned_on:%d/%m/%Y} deve {owes}, nulla la sospende {turn}."


def _step(shown: Wave) -> str:
    number = shown.step.number if shown.step else 0
    return f"passo {number}" if number else "promemoria prima della scadenza"


def _trail(shown: Wave, *steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:wave", args=[shown.uuid])
    return crumbs(("Invii", reverse("office:waves")), (str(shown.get_kind_display()), here), *steps)
