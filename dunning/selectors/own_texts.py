"""The words of the Ente's authorised texts: a version never changes, so they are the same until a wave's last message.

Before: ``chosen_texts`` says which version each channel of a wave says.  After: ``messages`` fills them with one debtor's facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from billing.models import Position, Service
from dunning.models import TextVersion
from dunning.rules.placeholders import MessageFacts, render_text
from dunning.selectors.texts import draft_of
from paybox.kernel.schema import schema_in_force
from tenants.models import Ente

_DAYS = {"de": "%d.%m.%Y", "sl": "%d. %m. %Y"}
_LANGUAGES = {"de": "Deutsch", "en": "English", "fr": "Français", "sl": "Slovenščina"}

_COSTS = ("spese_cents", "sanzioni_cents", "oneri_cents")


@dataclass(frozen=True, slots=True)
class OwnText:
    """The words of a version, never changed. ``paragraphs`` keep their placeholders."""

    subject: str
    paragraphs: tuple[str, ...]
    term_days: int
    second_language: str = ""
    second: str = ""

    @property
    def body(self) -> str:
        return "\n\n".join(self.paragraphs)

    def fill(self, facts: MessageFacts) -> tuple[str, str]:
        """Subject and body for one debtor; the second language, when there is one, below and under its own name.

        Raises PlaceholderRefused.
        """
        known = replace(facts, giorni=self.term_days)
        subject, body = render_text(self.subject, known), render_text(self.body, known)
        if not self.second:
            return subject, body
        there = replace(known, day_form=_DAYS.get(self.second_language, known.day_form))
        seam = seam_of(self.second_language)
        return subject, f"{body}\n\n{seam}\n\n{render_text(self.second, there)}"


def seam_of(language: str) -> str:
    """The line between the two languages, with the name of the second."""
    return f"———  {_LANGUAGES.get(language, language)}  ———"


def two_languages(paragraphs: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """What is said in Italian, the second language, what is said in it; the last two empty when there is none."""
    for language in _LANGUAGES:
        seam = seam_of(language)
        if seam in paragraphs:
            at = list(paragraphs).index(seam)
            return list(paragraphs[:at]), language, list(paragraphs[at + 1 :])
    return list(paragraphs), "", []


def own_text(texts: Mapping[str, int], channel: str) -> OwnText | None:
    """The wave's own text on that channel, or None: the product's ready one."""
    version_id = texts.get(channel)
    return _own_text(schema_in_force(), version_id) if version_id else None


def office_words(service: Service, ente: Ente) -> str:
    """Whom to ask: the office, its telephone, its e-mail."""
    phone = ente.phone and f"tel. {ente.phone}"
    return ", ".join(filter(None, (service.sector or ente.name, phone, ente.email or ente.address)))


def in_parts(facts: MessageFacts, position_ids: Iterable[int]) -> MessageFacts:
    """With the years, and with capital, interest and costs (with them sanctions and charges) of replaced debts, when they make up the sum."""
    lines: dict[str, int] = {}
    years: set[int] = set()
    told = Position.objects.filter(pk__in=position_ids).values_list("details", "year")
    for details, year in told:
        years.add(year)
        for key, value in details.get("righe", {}).items():
            if key.endswith("_cents"):  # beside the sums there are days and marks
                lines[key] = lines.get(key, 0) + value
    facts = replace(facts, anni=", ".join(str(year) for year in sorted(years)))
    if sum(lines.values()) != facts.importo_cents:
        return replace(facts, capitale_cents=facts.importo_cents)
    return replace(
        facts,
        capitale_cents=lines.get("capitale_cents", 0) + lines.get("precedenti_cents", 0),
        interessi_cents=lines.get("interessi_cents", 0),
        spese_cents=sum(lines.get(key, 0) for key in _COSTS),
    )


@lru_cache(maxsize=256)  # a version never changes
def _own_text(schema: str, version_id: int) -> OwnText:
    draft = draft_of(TextVersion.objects.get(pk=version_id))
    said = tuple(block.text for block in draft.blocks)
    return OwnText(draft.subject, said, draft.term_days, draft.second_language, draft.second)
