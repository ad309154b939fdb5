"""Writing a version: from the newest, or from the product's ready text; or another text, with a name. The law is not typed."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from billing.models import Service
from dunning.channels.library import ready_text
from dunning.models import TextVersion
from dunning.rules.template_checks import Block, TextDraft
from dunning.rules.text_names import clean_name, may_be_named
from dunning.selectors.texts import draft_of, family_of, named_texts
from dunning.services.texts import write_text
from frontline.access import StaffRequest, staff
from frontline.office.pages import posted
from frontline.office.text_form import (
    PLACEHOLDER_WORDS,
    BlockFormSet,
    NamedTextForm,
    TextForm,
)
from frontline.office.text_list import offered
from frontline.office.texts import service_of, trail
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.SEND)
def write(request: StaffRequest, pk: int, act: str, form: str) -> HttpResponse:
    """A new version, which somebody else authorises; ``?testo=`` of the text of that name."""
    service, name = service_of(request, pk), request.GET.get("testo", "")
    if name and name not in named_texts(service_id=service.pk):
        raise Http404("Testo inesistente")
    start = _start(request, service, act, form, name)
    return _write(request, service, start, TextForm(posted(request)[0], initial=_around(start)))


@staff(Capability.SEND)
def another(request: StaffRequest, pk: int, act: str, form: str) -> HttpResponse:
    """Beside the ordinary text, from its words, another one with a name, for the steps that choose it."""
    service = service_of(request, pk)
    start = _start(request, service, act, form, "")
    if not may_be_named(start.act, start.form):
        raise Http404("Di questo testo ce n'è uno solo")
    around = NamedTextForm(posted(request)[0], initial=_around(start))
    if around.is_bound and around.is_valid() and _is_there(service, start, around):
        around.add_error(
            "variant", "C'è già un testo con questo nome: se ne scrive una nuova versione dalla sua pagina."
        )  # fmt: skip
    return _write(request, service, start, around)


def _write(
    request: StaffRequest, service: Service, start: TextDraft, around: TextForm
) -> HttpResponse:
    act, form = TextVersion.Acts(start.act.value), TextVersion.Forms(start.form.value)
    blocks = BlockFormSet(
        posted(request)[0], initial=[{"code": b.code, "text": b.text} for b in start.blocks]
    )
    refusal = ""
    if request.method == "POST" and around.is_valid() and blocks.is_valid():
        draft = _draft(start, around.cleaned_data, [f.cleaned_data for f in blocks.forms])
        try:
            written = write_text(service_id=service.pk, draft=draft, actor=request.actor, at=now())
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "La versione è scritta: ora va autorizzata da un'altra persona.")  # fmt: skip
            return redirect("office:text", pk=written.pk)
    page = {
        "service": service,
        "start": start,
        "act": act,
        "form_words": form,
        "names": named_texts(service_id=service.pk),
        "form": around,
        "blocks": blocks,
        "refusals": refusal.split(". ") if refusal else [],
        "placeholders": PLACEHOLDER_WORDS.items(),
        "crumbs": trail((f"{service.name}, {act.label}", "")),
    }
    wrong = refusal or around.errors or any(blocks.errors)
    return render(request, "office/text_write.html", page, status=422 if wrong else 200)


def _start(request: StaffRequest, service: Service, act: str, form: str, name: str) -> TextDraft:
    """The newest words of that text, else those of the ordinary one, else the product's. Raises Http404."""
    kinds = {(one.value, how.value): (one, how) for one, how in offered(request, service)}
    if (act, form) not in kinds:
        raise Http404("Testo inesistente")
    for variant in dict.fromkeys((name, "")):
        family = family_of(service_id=service.pk, act=act, form=form, variant=variant)
        if (version := family.first()) is not None:
            return replace(draft_of(version), variant=name)
    ready = ready_text(service.code, *kinds[act, form])
    if ready is None:
        raise Http404("Testo inesistente")
    return replace(ready, variant=name)


def _is_there(service: Service, start: TextDraft, around: TextForm) -> bool:
    name = clean_name(around.cleaned_data["variant"])
    same = TextVersion.objects.filter(service=service, act=start.act.value, form=start.form.value)
    return same.filter(variant__iexact=name).exists()


def _around(start: TextDraft) -> dict[str, Any]:
    names = ("subject", "term_days", "second_language", "second")
    return {name: getattr(start, name) for name in names}


def _draft(start: TextDraft, around: dict[str, Any], rows: list[dict[str, Any]]) -> TextDraft:
    said = [(row.get("code", ""), _lines(row.get("text", ""))) for row in rows]
    return TextDraft(
        act=start.act,
        form=start.form,
        subject=around["subject"],
        blocks=tuple(Block(text, code) for code, text in said if code or text),
        term_days=around["term_days"],
        second_language=around["second_language"],
        second=_lines(around["second"]),
        variant=around.get("variant", start.variant),
    )


def _lines(text: str) -> str:
    """As browsers send them, brought back to one sign a line."""
    return text.replace("\r\n", "\n").strip()
