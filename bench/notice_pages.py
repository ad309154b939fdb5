"""Row ``notice_pages``: pages of notices printed by one core in a second.

Floor: bench.notice_naive, in the same run, one notice of ours after one of theirs.
CPU time is counted, not the clock on the wall, so that a busy machine slows both alike.
"""

import gc
import io
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from statistics import median
from typing import Any

from PIL import Image, ImageDraw

from bench.notice_naive import render_naively
from billing.documents.data import CreditorData, DebtorData, NoticeData, PaymentData
from billing.documents.renderer import notice_renderer

ROW_NAME = "notice_pages"
GOAL = 1.5
NOTICES = 15
PAGES_PER_NOTICE = 2


def measure() -> dict[str, Any]:
    """Print NOTICES two-page notices both ways; pages a second of CPU, from the median notice."""
    renderer = notice_renderer()
    ours: list[float] = []
    naive: list[float] = []
    _check_pages(renderer.render_notice(two_page_notice(0)).pdf, render_naively(two_page_notice(0)))
    for ordinal in range(1, NOTICES + 1):
        notice = two_page_notice(ordinal)
        naive.append(_cpu_seconds(partial(render_naively, notice)))
        gc.disable()  # as render_notices does
        ours.append(_cpu_seconds(partial(renderer.render_notice, notice)))
        gc.enable()
    return _row(PAGES_PER_NOTICE / median(ours), PAGES_PER_NOTICE / median(naive))


def _row(value: float, floor: float) -> dict[str, Any]:
    ratio = value / floor
    return {
        "name": ROW_NAME,
        "value": round(value, 2),
        "unit": "pages/s/core",
        "floor": round(floor, 2),
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "ok": ratio >= GOAL,
    }


def _cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _check_pages(*pdfs: bytes) -> None:
    import pypdfium2

    for pdf in pdfs:
        pages = len(pypdfium2.PdfDocument(pdf))
        assert pages == PAGES_PER_NOTICE, f"a bench notice has {pages} pages"


def two_page_notice(ordinal: int) -> NoticeData:
    """A rata unica and two rate, each by bank and by post; the same words whatever the number."""
    creditor = CreditorData(
        name="Comune di Borgo",
        codice_fiscale="80012345678",
        sector="Servizio Tributi",
        info="Piazza della Libertà 1, 12345 Borgo",
        cbill="ABC12",
        ccp="000012345678",
        ccp_holder="Comune di Borgo – Tesoreria",
        poste_authorization="AUT. DB/PROV/P1 000001 DEL 01/02/2026",
        logo_png=_crest(),
        website="www.comune.borgo.example",
    )
    debtor = DebtorData(
        name=f"Maria Niccolò Rossi {ordinal}",
        codice_fiscale="RSSMRA80A01H501U",
        address_lines=("Via dei Tigli 12/B", "12345 Borgo (BO)"),
    )
    return NoticeData(
        creditor=creditor,
        debtor=debtor,
        subject_line="TARI 2026 – Tassa sui rifiuti",
        single=_payment(ordinal * 3, 12_000),
        instalments=(_payment(ordinal * 3 + 1, 6_000), _payment(ordinal * 3 + 2, 6_000)),
    )


def _payment(ordinal: int, amount_cents: int) -> PaymentData:
    return PaymentData(f"3010000000{ordinal:06d}85", amount_cents, date(2026, 12, 31))


def _crest() -> bytes:
    crest = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(crest).polygon(
        [(40, 20), (260, 20), (260, 170), (150, 285), (40, 170)], outline=0, width=10
    )
    png = io.BytesIO()
    crest.save(png, "PNG")
    return png.getvalue()
