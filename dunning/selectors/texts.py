"""What screens and waves ask of the Ente's own texts: which is in force, how a version stands, what changed in it.

Before: versions and what was decided on them.  After: planning pins the versions in force; the office reads the rest.
"""

import difflib
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from dunning.models.text import TextDecision, TextVersion
from dunning.rules.legal_texts import outdated
from dunning.rules.template_checks import Act, Block, Form, TextDraft

DRAFT = "Da autorizzare"
_Kind = TextDecision.Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison: ``sign`` is "+" added, "-" taken away, " " the same."""

    sign: str
    text: str


def state_of(version: TextVersion) -> str:
    """In words: the last thing decided on it."""
    last = version.decisions.order_by("-pk").first()
    return _Kind(last.kind).label if last else DRAFT


def is_approved(version: TextVersion) -> bool:
    """Authorised, and neither refused nor retired since."""
    kinds = set(version.decisions.values_list("kind", flat=True))
    return kinds == {_Kind.APPROVED.value}


def text_in_force(*, service_id: int, act: str, form: str, variant: str = "") -> TextVersion | None:
    """The newest version that is authorised; of the ordinary text, unless one is named."""
    family = family_of(service_id=service_id, act=act, form=form, variant=variant)
    return authorised(family).first()


def family_of(
    *, service_id: int, act: str, form: str, variant: str = ""
) -> "QuerySet[TextVersion]":
    """All the versions of one text, the newest first."""
    found = TextVersion.objects.filter(service_id=service_id, act=act, form=form, variant=variant)
    return found.order_by("-version")


def family_of_version(version: TextVersion) -> "QuerySet[TextVersion]":
    """The same of the text that this is a version of."""
    return family_of(
        service_id=version.service_id, act=version.act, form=version.form, variant=version.variant
    )


def named_texts(*, service_id: int) -> dict[str, list[TextVersion]]:
    """The names there are, whatever was decided on their versions; of each, the versions in force."""
    named = TextVersion.objects.filter(service_id=service_id).exclude(variant="")
    found: dict[str, list[TextVersion]] = {
        name: [] for name in named.order_by("variant").values_list("variant", flat=True)
    }
    for version in authorised(named).order_by("act", "form"):
        found[version.variant].append(version)
    return found


def authorised(versions: "QuerySet[TextVersion]") -> "QuerySet[TextVersion]":
    """Those of them that are, and were neither refused nor retired since."""
    approved = versions.filter(decisions__kind=_Kind.APPROVED)
    return approved.exclude(decisions__kind__in=[_Kind.RETIRED, _Kind.REFUSED])


def draft_of(version: TextVersion) -> TextDraft:
    """The version as the rules read it."""
    return TextDraft(
        act=Act(version.act),
        form=Form(version.form),
        subject=version.subject,
        blocks=tuple(Block(block["text"], block["code"]) for block in version.blocks),
        term_days=version.term_days,
        second_language=version.second_language,
        second=version.second,
        variant=version.variant,
    )


def why_unusable(version: TextVersion, *, on: date) -> str:
    """Why it cannot leave that day, or nothing."""
    name = f"Il testo «{version.title}», versione {version.version},"
    if not is_approved(version):
        return f"{name} non è autorizzato dall'Ente"
    if outdated(version.references, on=on):
        return f"{name} cita norme cambiate nel frattempo: ne va scritta e autorizzata una nuova versione"
    return ""


def lines_changed(before: TextVersion, after: TextVersion) -> list[Line]:
    """Line by line, what changed from one version to the other."""
    found = difflib.ndiff(_lines(before), _lines(after))
    return [Line(line[0], line[2:]) for line in found if line[0] in "+- "]


def _lines(version: TextVersion) -> list[str]:
    draft = draft_of(version)
    said = [f"Oggetto: {draft.subject}"] if draft.subject else []
    said += [line for line in draft.words.splitlines() if line.strip()]
    said.append(f"Termine per pagare: {draft.term_days} giorni")
    if draft.second:
        said += [f"Seconda lingua: {draft.second_language}", *draft.second.splitlines()]
    return said
