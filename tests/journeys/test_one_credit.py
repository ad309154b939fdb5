"""One credit's whole life, told by the same chapters as the demo, on real services: web, workers, broker, database,
SMTP, SMS provider and Node, each a process of its own. Six debtors of Borgo, exact cents; Valle notices nothing.
"""

import os
import signal
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.models import Bollettazione, Collection, Load, Position, TimelineEntry
from billing.selectors.ledger import ledger_problems, ledger_totals
from dunning.models import Attempt, WaveItem
from pagopa.models import Receipt
from paybox.demo.board import check_board, pay_spontaneously, reconcile
from paybox.demo.enti import BORGO_CF
from paybox.demo.loading import count_positions, issue_notices, load_credits, wait_publication
from paybox.demo.paying import pay_at_psp, remind_the_overdue
from paybox.demo.story import Story, until
from paybox.kernel.clock import today
from registry.rules.codice_fiscale import build_codice_fiscale
from tests.conftest import use_database
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.journey

HEADER = (
    "riferimento;tipo_soggetto;codice_fiscale;denominazione;indirizzo;civico;cap;comune;provincia;nazione;email;pec;"
    "cellulare;causale;anno;importo;scadenza;rata;scadenza_rata;importo_rata"
)
# name, e-mail, mobile, cents of the rata unica: 60.10 + 80.20 + 100.30 + 120.40 + 140.50 + 160.60 = 662.10
PEOPLE = [
    ("Rossi", "Mario", "mario.rossi@example.org", "3331234501", 6_010),
    ("Bianchi", "Anna", "anna.bianchi@example.org", "", 8_020),
    ("Verdi", "Luca", "", "3331234503", 10_030),
    ("Neri", "Sara", "", "", 12_040),
    ("Gallo", "Piero", "piero.gallo@example.org", "3331234505", 14_050),
    ("Riva", "Clara", "", "3331234506", 16_060),
]
TOTAL = 66_210


def six_credits(day: date) -> bytes:
    """Two rate each, and one row with an amount nobody can read."""
    due, second = day + timedelta(days=30), day + timedelta(days=60)
    lines = [HEADER]
    for number, (surname, name, email, mobile, cents) in enumerate(PEOPLE, 1):
        cf = build_codice_fiscale(surname, name, date(1970, 1, number), "M", "H501")
        whole, first = _euro(cents), cents // 2
        for rata, until_day, part in ((1, due, first), (2, second, cents - first)):
            lines.append(
                f"T-{number};F;{cf};{surname} {name};Via Roma;{number};00010;Borgo;RM;IT;{email};;{mobile};"
                f"TARI {day.year};{day.year};{whole};{due:%d/%m/%Y};{rata};{until_day:%d/%m/%Y};{_euro(part)}"
            )
    bad = build_codice_fiscale("Falso", "Dato", date(1970, 2, 1), "M", "H501")
    lines.append(
        f"T-9;F;{bad};Falso Dato;Via Roma;9;00010;Borgo;RM;IT;;;;TARI;{day.year};abc;{due:%d/%m/%Y};;;"
    )
    return "\n".join(lines).encode()


def _euro(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


@pytest.fixture(scope="module")
def stack(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stack]:
    with (
        running_stack() as running,
        django_db_blocker.unblock(),
        use_database(running.database),
    ):
        yield running


def test_one_credit_lives_its_whole_life(stack: Stack) -> None:
    story = Story.open(stack.var_dir, stack.far, today=today())
    stack.far.declare_station(fiscal_code=BORGO_CF, broker=BORGO_CF, station=f"{BORGO_CF}_01")

    story.chapter("1", "file", load_credits("borgo", "TARI", "sei.csv", six_credits, bad_rows=1))
    with schema_context("borgo"):
        load = Load.objects.get()
        assert (load.rows, load.accepted, load.refused, load.amount_cents) == (13, 12, 1, TOTAL)
        assert ledger_totals().opened == ledger_totals().owed == TOTAL

    story.chapter("2", "posizioni", count_positions("borgo"))
    story.chapter("3", "pagoPA", wait_publication("borgo"))
    story.chapter("4", "avvisi", issue_notices("borgo", "sei.csv"))
    with schema_context("borgo"):
        billing_file = Bollettazione.objects.get()
        assert (billing_file.notices, billing_file.digital, billing_file.paper) == (6, 3, 3)
    mailed = sorted(mail["recipients"][0] for mail in stack.far.mails())
    assert mailed == [
        "anna.bianchi@example.org",
        "mario.rossi@example.org",
        "piero.gallo@example.org",
    ]

    # Rossi pays the rata unica (60.10), Bianchi her first rata (40.10)
    story.chapter("5", "pagamenti", pay_at_psp("borgo", BORGO_CF, 2))
    with schema_context("borgo"):
        assert ledger_totals().allotted == 6_010 + 4_010
        assert Receipt.objects.count() == Collection.objects.count() == 2
    story.chapter("5b", "flussi", reconcile("borgo", BORGO_CF))

    story.chapter("6", "solleciti", remind_the_overdue("borgo", "TARI", BORGO_CF))
    with schema_context("borgo"):
        reached = WaveItem.objects.filter(wave__kind="SOLLECITO", state="RAGGIUNTO")
        assert {item.subject.name.split()[0] for item in reached} <= {"Verdi", "Gallo", "Riva"}
        assert reached.count() == 2  # one of the three paid at the last moment
        assert Attempt.objects.filter(channel="SMS").count() == 2

    story.chapter("7", "spontaneo", pay_spontaneously("borgo"))
    story.chapter("8", "cruscotto", check_board("borgo"))

    with schema_context("borgo"):
        rossi = Position.objects.get(reference="T-1")
        told = list(rossi.timeline.order_by("at", "pk").values_list("kind", flat=True))
        for kind in ("APERTA", "PUBBLICATA", "AVVISATA", "INVIATA", "PAGATA", "RICONCILIATA"):
            assert kind in told, kind
        assert list(ledger_problems()) == []
    with schema_context("valle"):
        for model in (Position, Collection, TimelineEntry, Attempt, Receipt, Load):
            assert model.objects.count() == 0, model
        assert list(ledger_problems()) == []


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(stack: Stack) -> None:
    """kill -9 of the worker's whole group while it publishes: the sweeper rings again, all ends acknowledged once."""
    from pagopa.models import Publication
    from tests.build import make_position, make_subject

    with schema_context("borgo"):
        already = Publication.objects.count()
        subject = make_subject(
            codice_fiscale="VRDBNC80A41H501S", name="Verdi Bianca", sort_key="VERDI BIANCA"
        )
        opened = [
            make_position(subject=subject, reference=f"K-{n}", due_on=date(2031, 6, 16))
            for n in range(30)
        ]
    pid = stack.supervisor.pid_of("worker")
    assert pid is not None
    os.killpg(os.getpgid(pid), signal.SIGKILL)

    def all_published() -> bool:
        with schema_context("borgo"):
            return not Position.objects.filter(published_at__isnull=True).exists()

    until(all_published, what="pubblicazione dopo la caduta del worker", seconds=300)
    with schema_context("borgo"):
        assert Publication.objects.count() == already + len(opened)
        assert list(ledger_problems()) == []
