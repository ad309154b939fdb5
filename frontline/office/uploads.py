"""A file given by an official: the field that asks for it, and the way it is kept before it is read."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django import forms

from frontline.access import StaffRequest
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Problem, Refused

CSV = ".csv,.txt"
TABLE = ".csv,.txt,.tsv"
SHEET = ".csv,.txt,.tsv,.xlsx"


def file_field(
    label: str, *, missing: str, accepts: str = "", help_text: str = ""
) -> forms.FileField:
    """One file. ``missing``: what is said when there is none; an empty one is refused by whoever reads it."""
    chooser = forms.ClearableFileInput(attrs={"accept": accepts} if accepts else {})
    return forms.FileField(
        label=label, max_length=200, allow_empty_file=True, help_text=help_text, widget=chooser,
        error_messages={"required": missing},
    )  # fmt: skip


def keep_uploaded(
    request: StaffRequest, form: forms.Form, keep: Callable[..., UUID]
) -> UUID | None:
    """Give the form's ``file`` to a service that keeps it for a look; None when there is none or the form says why not."""
    if request.method != "POST" or not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    try:
        return keep(
            raw=file.read(), filename=file.name, actor=request.actor, at=now(), today=today()
        )
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return None


def problem_rows(problems: Sequence[Problem]) -> list[tuple[str | int, str, str]]:
    """Of the file of what was not taken, its heading first."""
    return [("riga", "colonna", "motivo"), *((p.row, p.column, p.message) for p in problems)]
