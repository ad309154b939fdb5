"""From a frozen notice to its PDF, behind an interface that any faster renderer can fill.

Before: data.  After: services and tasks ask ``notice_renderer()`` and keep the bytes.
"""

import gc
from collections.abc import Iterable, Iterator
from typing import Protocol

from billing.documents.composition import printed_notice
from billing.documents.data import NoticeData, RenderedPdf
from billing.documents.press import the_press

NOTICES_BETWEEN_COLLECTIONS = 20


class NoticeRenderer(Protocol):
    """Turns one notice into a PDF; the same data always gives the same text, codes and pages."""

    def render_notice(self, data: NoticeData) -> RenderedPdf:
        """Raises DocumentRefused when the data cannot be printed."""
        ...


class WeasyPrintNoticeRenderer:
    """The reference renderer: HTML template, fixed layout, PDF/UA-1."""

    def render_notice(self, data: NoticeData) -> RenderedPdf:
        """Print the notice in the layout of pagoPA's guide."""
        words = {"notice": printed_notice(data)}
        return the_press().print_pdf(
            "notice.html", "notice.css", words, second_language=data.second_language
        )


def notice_renderer() -> NoticeRenderer:
    """The renderer the product prints with."""
    return WeasyPrintNoticeRenderer()


def render_notices(
    notices: Iterable[NoticeData], *, renderer: NoticeRenderer | None = None
) -> Iterator[RenderedPdf]:
    """Print many notices in order, the cyclic collector run between notices, not inside them.

    Layout makes very many short-lived objects: collecting in the middle walks them for nothing.
    """
    chosen = renderer or notice_renderer()
    was_on = gc.isenabled()
    gc.disable()
    try:
        for done, notice in enumerate(notices, start=1):
            yield chosen.render_notice(notice)
            if done % NOTICES_BETWEEN_COLLECTIONS == 0:
                gc.collect()
    finally:
        if was_on:
            gc.enable()
