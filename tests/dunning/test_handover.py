"""Hand-over: a file with its evidence, and one row for every unpaid position."""

import csv
import hashlib
import io
from datetime import UTC, date, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django_tenants.utils import schema_context

from billing.models import Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.timeline import tell
from dunning.models import HandOver, HandOverItem, Hold
from dunning.services.handover import hand_over
from dunning.services.refusals import WaveRefused
from paybox.kernel.actor import SYSTEM
from tests.build import make_position, pay

pytestmark = [pytest.mark.django_db]
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }


def noticed(position: Position) -> Position:
    for kind, day, details in (
        (TimelineEntry.Kind.NOTICED, 1, {}),
        (TimelineEntry.Kind.SENT, 1, {"wave_kind": "AVVISO"}),
        (TimelineEntry.Kind.SENT, 20, {"wave_kind": "SOLLECITO"}),
    ):
        at = datetime(2026, 7, day, 9, tzinfo=UTC)
        tell(position_ids=[position.pk], kind=kind, at=at, actor=SYSTEM, **details)
    return position


def handed(ada) -> HandOver:
    service = Service.objects.get(code="TARI")
    return hand_over(service_id=service.pk, actor=ada, at=AT, today=TODAY)


def rows(handover: HandOver) -> list[dict[str, str]]:
    content = default_storage.open(handover.file).read()
    assert content.startswith(b"\xef\xbb\xbf")
    assert hashlib.sha256(content).hexdigest() == handover.sha256
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_every_unpaid_position_is_in_or_out_with_its_reason(borgo, ada, person) -> None:
    going = noticed(make_position(subject=person(), rates=(), reference="A1"))
    future = noticed(make_position(subject=person(), due_on=date(2027, 1, 1)))
    today = noticed(make_position(subject=person(), due_on=TODAY))
    never = make_position(subject=person())
    small = noticed(make_position(subject=person(), cents=50, rates=()))
    held = noticed(make_position(subject=person()))
    paid = noticed(make_position(subject=person()))
    Hold.objects.create(
        subject=held.subject, position=held, reason="DILAZIONE", since=date(2026, 1, 1),
        actor_name="p", created_at=AT,
    )  # fmt: skip
    pay(paid.instalments.get(number=0).notice_number, 12_000)
    handover = handed(ada)
    verdicts = dict(HandOverItem.objects.values_list("position_id", "reason"))
    assert verdicts == {
        going.pk: "",
        future.pk: "NON_SCADUTA",
        today.pk: "NON_SCADUTA",
        never.pk: "NON_AVVISATA",
        small.pk: "SOTTO_SOGLIA",
        held.pk: "SOSPESO",
    }
    unpaid = Position.objects.unpaid()
    assert handover.included + handover.excluded == unpaid.count() == len(verdicts)
    assert (handover.included, handover.amount_cents) == (1, 12_000)
    (row,) = rows(handover)
    assert row["riferimento"] == "A1"
    assert row["codice_avviso"] == going.instalments.get(number=0).notice_number
    assert row["codice_fiscale"] == going.subject.codice_fiscale
    assert (row["residuo_euro"], row["scadenza"]) == ("120,00", "16/06/2026")
    assert (row["data_avviso"], row["date_solleciti"]) == ("01/07/2026", "20/07/2026")
    assert list(ledger_problems()) == []


def test_what_was_handed_over_does_not_go_twice(borgo, ada, person) -> None:
    noticed(make_position(subject=person()))
    handed(ada)
    again = handed(ada)
    assert (again.included, again.items.get().reason, rows(again)) == (0, "GIA_CONSEGNATA", [])


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", " +39", "@SUM(1)", "-1"])
def test_no_cell_is_a_formula(borgo, ada, person, name) -> None:
    noticed(make_position(subject=person(name=name)))
    (row,) = rows(handed(ada))
    assert row["denominazione"] == f"'{name}"


def test_nothing_unpaid_is_refused(borgo, ada) -> None:
    with pytest.raises(WaveRefused):
        handed(ada)
    assert HandOver.objects.count() == 0


def test_the_command(borgo, person, capsys) -> None:
    noticed(make_position(subject=person(), due_on=date(2020, 6, 16)))
    call_command("hand_over", ente="borgo", service="TARI")
    assert "1 posizioni per 120,00 €, 0 escluse" in capsys.readouterr().out
    for wrong in ({"ente": "nessuno", "service": "TARI"}, {"ente": "valle", "service": "TARI"}):
        with pytest.raises(SystemExit) as stop:
            call_command("hand_over", **wrong)
        assert stop.value.code == 2
    with schema_context("valle"):
        assert HandOver.objects.count() == 0
