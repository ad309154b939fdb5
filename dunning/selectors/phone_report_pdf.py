"""The report of a telephone campaign that ended, as the body reads and files it.

Before: ``phone_report`` has frozen the figures.  After: ``rapporto.pdf``, the first piece of the hand-back.
"""

from collections.abc import Sequence

from django.db.models import Count, Sum

from billing.documents.campaign_report import CampaignReport, EndRow, render_campaign_report
from billing.services.notices import creditor_data
from dunning.models import PhoneCampaign
from dunning.rules.phone_ends import FileState
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone_report import PhoneFigures, end_words, phone_figures
from paybox.kernel.clock import ROME
from paybox.kernel.money import format_euro, format_mills
from tenants.models import Ente

_Sums = tuple[int, int, int, int]  # files, and cents: entrusted, collected, left


def report_pdf(campaign: PhoneCampaign, *, ente: Ente) -> bytes:
    """PDF/UA-1; of the same campaign always the same bytes."""
    ends = _ends(campaign)
    figures, report = phone_figures(campaign), campaign.report
    return render_campaign_report(
        CampaignReport(
            creditor=creditor_data(ente, campaign.service),
            title=f"Rapporto di riconsegna: {campaign.name}",
            about=_about(campaign),
            figures=_figures(figures),
            ends=tuple(_end_row(label, sums) for label, sums in ends),
            total=_end_row("Totale", _total([sums for _, sums in ends])),
            reasons=tuple((end_words(FileState.NEGATIVE, why)[1], _count(n)) for why, n in report["negatives"].items()),
            calls=tuple((Called(code).rule.label, _count(n)) for code, n in report["outcomes"].items()),
        )
    ).pdf  # fmt: skip


def _about(campaign: PhoneCampaign) -> tuple[str, ...]:
    told: tuple[str, ...] = (
        f"{campaign.service.name}: crediti scaduti da almeno {campaign.older_than_days} giorni, "
        f"da {format_euro(campaign.minimum_cents)} € in su",
        f"Campagna dal {campaign.starts_on:%d/%m/%Y} al {campaign.ends_on:%d/%m/%Y}, copione versione "
        f"{campaign.script.version}",
    )
    if campaign.approved_at and campaign.ended_at:
        told += (
            f"Preparata da {campaign.author_name}, approvata da {campaign.approver_name} il "
            f"{campaign.approved_at.astimezone(ROME):%d/%m/%Y}, conclusa il "
            f"{campaign.ended_at.astimezone(ROME):%d/%m/%Y} ({campaign.ended_by})",
        )
    return told


def _ends(campaign: PhoneCampaign) -> list[tuple[str, _Sums]]:
    """In the order in which the states are written."""
    rows = campaign.files.exclude(state=FileState.EXCLUDED.value).values_list("state").annotate(
        files=Count("pk"), entrusted=Sum("amount_cents"), collected=Sum("collected_cents"), left=Sum("left_cents")
    )  # fmt: skip
    found = {state: sums for state, *sums in rows}
    return [(state.label, tuple(found[state.value])) for state in FileState if state.value in found]


def _total(sums: Sequence[_Sums]) -> _Sums:
    files, entrusted, collected, left = (sum(column) for column in zip(*sums, strict=True)) if sums else (0, 0, 0, 0)  # fmt: skip
    return files, entrusted, collected, left


def _end_row(label: str, sums: _Sums) -> EndRow:
    files, *cents = sums
    return EndRow(label, _count(files), *(f"{format_euro(one)} €" for one in cents))


def _figures(figures: PhoneFigures) -> tuple[tuple[str, str], ...]:
    return (
        ("Pratiche chiamate almeno una volta", f"{_count(figures.called)} su {_count(figures.files)}"),
        ("Telefonate", _count(figures.calls)),
        ("Conversazioni con il debitore", _count(figures.conversations)),
        ("Messaggi dopo la telefonata", _count(figures.messages)),
        ("Promesse mantenute", f"{_count(figures.promises_kept)} su {_count(figures.promises)}"),
        ("Costo", f"{format_mills(figures.cost_mills)} €"),
        ("Costo per ogni euro incassato", "–" if figures.mills_per_euro is None else f"{format_mills(figures.mills_per_euro)} €"),
    )  # fmt: skip


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
