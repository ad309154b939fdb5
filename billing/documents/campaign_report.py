"""The report with which a campaign is handed back: what was entrusted, what was done, what came in, how each file ended.

Before: dunning has counted.  After: the first thing that is read of the hand-back.
"""

from dataclasses import dataclass
from typing import Any

from billing.documents.data import CreditorData, RenderedPdf
from billing.documents.lettering import png_uri
from billing.documents.press import the_press


@dataclass(frozen=True, slots=True)
class EndRow:
    """How many files ended so, and their money as it is to be printed."""

    label: str
    files: str
    entrusted: str
    collected: str
    left: str


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """``figures``, ``reasons`` and ``calls`` are pairs of words and value; ``total`` is the last line of ``ends``."""

    creditor: CreditorData
    title: str
    about: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    ends: tuple[EndRow, ...]
    total: EndRow
    reasons: tuple[tuple[str, str], ...] = ()
    calls: tuple[tuple[str, str], ...] = ()


def render_campaign_report(data: CampaignReport) -> RenderedPdf:
    """On as many A4 pages as it takes, PDF/UA-1; the same report gives the same bytes."""
    words: dict[str, Any] = {"r": data, "logo": png_uri(data.creditor.logo_png)}
    return the_press().print_pdf("campaign_report.html", "letter.css", words)
