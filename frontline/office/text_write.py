"""Writing a version: from the one in force, from the newest, or from the product's ready text. The law is not typed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from billing.models import Service
from dunning.channels.library import ready_text
from dunning.models import TextVersion
from dunning.rules.legal_texts import BLOCK_CODES, legal_block, written_out
from dunning.rules.placeholders import PLACEHOLDERS
from dunning.rules.template_checks import Act, Block, Form, TextDraft
from dunning.selectors.texts import draft_of
from dunning.services.texts import write_text
from frontline.access import StaffRequest, staff
from frontline.office.pages import posted
from frontline.office.texts import service_of, trail
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_LANGUAGES = [("", "Nessuna"), ("de", "Tedesco"), ("en", "Inglese"), ("fr", "Francese"), ("sl", "Sloveno")]  # fmt: skip


class TextForm(forms.Form):
    """What goes around the blocks."""

    subject = forms.CharField(label="Oggetto", max_length=200, required=False)
    term_days = forms.IntegerField(
        label="Giorni per pagare ({giorni})", min_value=1, max_value=365, initial=15
    )
    second_language = forms.ChoiceField(label="Seconda lingua", choices=_LANGUAGES, required=False)
    second = forms.CharField(
        label="Testo nella seconda lingua", max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip


class BlockForm(forms.Form):
    """One paragraph; left empty it goes away. A legal one shows the law and cannot be typed."""

    code = forms.ChoiceField(
        choices=[("", ""), *((code, code) for code in sorted(BLOCK_CODES))],
        required=False,
        widget=forms.HiddenInput,
    )
    text = forms.CharField(
        label="Paragrafo", max_length=2000, required=False, strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    @property
    def law(self) -> str:
        """The words of the legal block today; empty for the office's own."""
        code = self["code"].value()
        if not code or code not in BLOCK_CODES:
            return ""
        return written_out(legal_block(code, on=today()), on=today())


BlockFormSet = forms.formset_factory(BlockForm, extra=1, max_num=20, validate_max=True)


@staff(Capability.SEND)
def write(request: StaffRequest, pk: int, act: str, form: str) -> HttpResponse:
    """A new version, which somebody else authorises."""
    service = service_of(request, pk)
    start = _start(service, act, form)
    around = TextForm(posted(request)[0], initial=_around(start))
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
        "act": TextVersion.Acts(act),
        "form_words": TextVersion.Forms(form),
        "form": around,
        "blocks": blocks,
        "refusals": refusal.split(". ") if refusal else [],
        "placeholders": PLACEHOLDERS,
        "crumbs": trail((f"{service.name}, {TextVersion.Acts(act).label}", "")),
    }
    wrong = refusal or around.errors or any(blocks.errors)
    return render(request, "office/text_write.html", page, status=422 if wrong else 200)


def _start(service: Service, act: str, form: str) -> TextDraft:
    newest = TextVersion.objects.filter(service=service, act=act, form=form).order_by("-version")
    if (version := newest.first()) is not None:
        return draft_of(version)
    try:
        ready = ready_text(service.code, Act(act), Form(form))
    except ValueError:
        ready = None
    if ready is None:
        raise Http404("Testo inesistente")
    return ready


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
    )


def _lines(text: str) -> str:
    """As browsers send them, brought back to one sign a line."""
    return text.replace("\r\n", "\n").strip()
