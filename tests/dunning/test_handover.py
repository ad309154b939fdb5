"""Hand-over: a file with its evidence, and one row for every unpaid position."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Event
from time import monotonic

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import schema_context
from python_calamine import CalamineWorkbook

from billing.models import Position, Service, TimelineEntry
from billing.rules.load_file import FileRefused
from billing.selectors.ledger import ledger_problems
from billing.services.timeline import tell
from dunning.models import CreditRules, HandOver, HandOverItem, HandOverOutcome, Hold
from dunning.selectors.handover import candidates
from dunning.services.acts import Costs, replace_position
from dunning.services.handover import hand_over
from dunning.services.handover_outcomes import OutcomesRefused, take_outcomes
from dunning.services.planning import plan_reminders
from dunning.services.plans import PlanDraft, PlanRefused, grant_plan
from dunning.services.refusals import WaveRefused
from dunning.services.served_acts import Notification, record_service
from paybox.kernel.actor import SYSTEM, Actor
from registry.models import Subject
from tests.build import make_position, pay

pytestmark = pytest.mark.usefixtures("own_files")
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def noticed(position: Position) -> Position:
    for kind, day, details in (
        (TimelineEntry.Kind.NOTICED, 1, {}),
        (TimelineEntry.Kind.SENT, 1, {"wave_kind": "AVVISO"}),
        (TimelineEntry.Kind.SENT, 20, {"wave_kind": "SOLLECITO"}),
    ):
        at = datetime(2026, 7, day, 9, tzinfo=UTC)
        tell(position_ids=[position.pk], kind=kind, at=at, actor=SYSTEM, **details)
    return position


def served(position: Position, reference: str = "R 1") -> Position:
    """Noticed, and put in default with a registered letter."""
    act = Notification("SOLLECITO_FORMALE", date(2026, 9, 10), "AR", reference, date(2026, 9, 2))
    record_service(position_id=position.pk, served=act, actor=SYSTEM, at=AT)
    return noticed(position)


def handed(ada) -> HandOver:
    service = Service.objects.get(code="TARI")
    return hand_over(service_id=service.pk, actor=ada, at=AT, today=TODAY)


def rows(handover: HandOver) -> list[dict[str, str]]:
    content = default_storage.open(handover.file).read()
    assert content.startswith(b"\xef\xbb\xbf")
    assert hashlib.sha256(content).hexdigest() == handover.sha256
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_every_unpaid_position_is_in_or_out_with_its_reason(borgo, ada, person) -> None:
    going = served(make_position(subject=person(), rates=(), reference="A1"))
    unserved = noticed(make_position(subject=person()))
    disputed = served(make_position(subject=person()))
    future = noticed(make_position(subject=person(), due_on=date(2027, 1, 1)))
    today = noticed(make_position(subject=person(), due_on=TODAY))
    never = make_position(subject=person())
    small = served(make_position(subject=person(), cents=50, rates=()))
    held = served(make_position(subject=person()))
    paid = noticed(make_position(subject=person()))
    for position, reason in ((held, "DILAZIONE"), (disputed, "CONTESTAZIONE")):
        Hold.objects.create(
            subject=position.subject, position=position, reason=reason, since=date(2026, 1, 1),
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
        disputed.pk: "CONTESTATA",
        unserved.pk: "NON_NOTIFICATA",
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
    assert row["date_notifiche"] == "10/09/2026"
    assert list(ledger_problems()) == []


def test_what_was_handed_over_does_not_go_twice(borgo, ada, person) -> None:
    served(make_position(subject=person()))
    handed(ada)
    other = served(make_position(subject=person()))
    again = handed(ada)
    reasons = dict(again.items.values_list("position_id", "reason"))
    assert (again.included, reasons.pop(other.pk), set(reasons.values())) == (1, "", {"GIA_CONSEGNATA"})  # fmt: skip


def test_what_may_still_be_paid_in_time_stays_out_whole(borgo, ada, person) -> None:
    june, september, december = (date(2026, month, 16) for month in (6, 9, 12))
    late = served(make_position(subject=person(), rate_days=(june, september)))
    in_part = served(make_position(subject=person(), rate_days=(june, december)))
    verdicts = dict(handed(ada).items.values_list("position_id", "reason"))
    assert verdicts == {late.pk: "", in_part.pk: "RATE_FUTURE"}


def test_her_own_recognition_is_not_an_act_served(borgo, ada, person) -> None:
    position = noticed(make_position(subject=person(), rates=()))
    words = Notification("RICONOSCIMENTO", date(2026, 9, 10), "MANI", "lettera del 10/9/2026")
    record_service(position_id=position.pk, served=words, actor=SYSTEM, at=AT)
    (candidate,) = candidates(service=Service.objects.get(code="TARI"), on=TODAY)
    assert candidate.reason == "NON_NOTIFICATA"


@pytest.mark.parametrize(
    ("on", "reason"), [(date(2026, 12, 9), "TERMINI_APERTI"), (date(2026, 12, 10), "")]
)
def test_an_assessment_goes_thirty_days_after_it_is_a_title(
    borgo, ada, person, on: date, reason: str
) -> None:
    """c. 792: served on 10 September, title from 10 November, entrusted from 10 December."""
    position = noticed(make_position(subject=person(), rates=()))
    act = Notification("ACCERTAMENTO", date(2026, 9, 10), "AR", "R 1", date(2026, 9, 2))
    record_service(position_id=position.pk, served=act, actor=SYSTEM, at=AT)
    (candidate,) = candidates(service=Service.objects.get(code="TARI"), on=on)
    assert candidate.reason == reason


def test_an_act_for_less_than_ten_euros_is_no_title(borgo, ada, person) -> None:
    """c. 794: whatever the body has chosen as its own minimum."""
    CreditRules.objects.create(service=Service.objects.get(code="TARI"), handover_minimum_cents=0)
    small, enough = (
        noticed(make_position(subject=person(), rates=(), cents=c)) for c in (999, 1_000)
    )
    for position in (small, enough):
        act = Notification(
            "ACCERTAMENTO", date(2026, 9, 10), "AR", f"R {position.pk}", date(2026, 9, 2)
        )
        record_service(position_id=position.pk, served=act, actor=SYSTEM, at=AT)
    found = candidates(service=Service.objects.get(code="TARI"), on=date(2026, 12, 10))
    assert {c.position.pk: c.reason for c in found} == {small.pk: "NON_TITOLO", enough.pk: ""}


def test_what_time_has_taken_away_stays_out(borgo, ada, person) -> None:
    CreditRules.objects.create(service=Service.objects.get(code="TARI"), kind="IDRICO")
    lost = noticed(make_position(subject=person(), rates=(), due_on=date(2023, 6, 16)))
    saved = noticed(make_position(subject=person(), rates=(), due_on=date(2023, 6, 16)))
    going = served(make_position(subject=person(), rates=()))
    act = Notification("SOLLECITO_FORMALE", date(2025, 3, 3), "AR", "R 2")
    record_service(position_id=saved.pk, served=act, actor=SYSTEM, at=AT)
    verdicts = dict(handed(ada).items.values_list("position_id", "reason"))
    assert verdicts == {lost.pk: "PRESCRITTA", saved.pk: "", going.pk: ""}


def test_pressed_twice_it_is_made_once(borgo, ada, person) -> None:
    served(make_position(subject=person()))
    handed(ada)
    with pytest.raises(WaveRefused, match="nessuna posizione può essere consegnata"):
        handed(ada)
    assert (HandOver.objects.count(), Hold.objects.count()) == (1, 1)


def test_who_pays_while_the_files_are_made_stops_it(
    own_borgo: str, ada: Actor, person: Callable[..., Subject]
) -> None:
    """The payment has its row locked and is told only after the candidates were read."""
    position = served(make_position(subject=person(), rates=()))
    notice = position.instalments.get().notice_number
    paying, asked = Event(), Event()

    def pay_slowly() -> None:
        try:
            with schema_context("borgo"), transaction.atomic():
                pay(notice, 12_000)
                paying.set()
                assert asked.wait(20)
                until_somebody_waits()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        done = other.submit(pay_slowly)
        assert paying.wait(20)
        asked.set()
        with pytest.raises(WaveRefused, match="hanno cambiato"):
            handed(ada)
        done.result(20)
    assert (HandOver.objects.count(), Hold.objects.count()) == (0, 0)
    assert list(ledger_problems()) == []


def until_somebody_waits() -> None:
    """For a lock of ours."""
    deadline = monotonic() + 20
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")


class TestWithTheCollector:
    """From the hand-over to its return, whoever chases asks the same question: nobody else writes to her."""

    def test_nobody_reminds_her_until_it_comes_back(self, borgo, ada, person) -> None:
        position = served(make_position(subject=person(), rates=(), reference="A1"))
        handover = handed(ada)
        service = position.service_id

        def asked() -> tuple[int, str]:
            wave = plan_reminders(service_id=service, channel="SMS", actor=ada, at=AT, today=TODAY)
            return wave.recipients, wave.items.get().reason

        assert asked() == (0, "CONSEGNATO")
        raw = outcomes("A1;PRESA_IN_CARICO;20/11/2026;;")
        take_outcomes(handover_id=handover.pk, raw=raw, actor=ada, at=AT)
        assert asked() == (0, "CONSEGNATO")
        raw = outcomes("A1;RESTITUITA;21/11/2026;;")
        take_outcomes(handover_id=handover.pk, raw=raw, actor=ada, at=AT)
        assert asked() == (1, "")

    def test_a_plan_asked_meanwhile_is_the_collectors(self, borgo, ada, person) -> None:
        position = served(make_position(subject=person(), rates=()))
        handed(ada)
        draft = PlanDraft(TODAY, 2, date(2026, 12, 31), "Det. 12/2026")
        with pytest.raises(PlanRefused, match="riscossione coattiva"):
            grant_plan(position_id=position.pk, draft=draft, segregation="01", actor=ada, at=AT)

    def test_a_plan_granted_first_is_not_handed_over(self, borgo, ada, person) -> None:
        position = served(make_position(subject=person(), rates=()))
        draft = PlanDraft(TODAY, 2, date(2026, 12, 31), "Det. 12/2026")
        grant_plan(position_id=position.pk, draft=draft, segregation="01", actor=ada, at=AT)
        with pytest.raises(WaveRefused, match="nessuna posizione"):
            handed(ada)

    def test_what_took_its_place_is_with_the_collector_too(self, borgo, ada, person) -> None:
        old = served(make_position(subject=person(), rates=(), reference="A1"))
        handover = handed(ada)
        new = replace_position(
            position_id=old.pk, costs=Costs(), reason="atto", due_on=TODAY, segregation="01", actor=ada, at=AT
        )  # fmt: skip
        assert Hold.objects.in_force(on=TODAY).get().position_id == new.pk
        raw = outcomes("A1;RESTITUITA;21/11/2026;;")
        take_outcomes(handover_id=handover.pk, raw=raw, actor=ada, at=AT)
        assert not Hold.objects.in_force(on=TODAY).exists()
        assert list(ledger_problems()) == []


def test_nor_does_what_took_its_place(borgo, ada, person) -> None:
    old = served(make_position(subject=person(), rates=()))
    handed(ada)
    new = replace_position(
        position_id=old.pk, costs=Costs(), reason="atto", due_on=date(2026, 11, 21), segregation="01", actor=ada, at=AT,
    )  # fmt: skip
    (again,) = candidates(service=Service.objects.get(code="TARI"), on=date(2026, 11, 23))
    assert (again.position, again.reason) == (new, "GIA_CONSEGNATA")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", " +39", "@SUM(1)", "-1"])
def test_no_cell_is_a_formula(borgo, ada, person, name) -> None:
    served(make_position(subject=person(name=name)))
    (row,) = rows(handed(ada))
    assert row["denominazione"] == f"'{name}"


def test_the_sheet_and_the_dossier_say_the_same(borgo, ada, person) -> None:
    going = served(make_position(subject=person(name="=SUM(1)"), rates=(), reference="A1"), "R 77")
    noticed(make_position(subject=person(), rates=(), reference="A2"))
    handover = handed(ada)
    files = {one["kind"]: one for one in handover.others}
    assert set(files) == {"xlsx", "json"}
    for one in files.values():
        content = default_storage.open(one["path"]).read()
        assert hashlib.sha256(content).hexdigest() == one["sha256"]
    sheet = CalamineWorkbook.from_filelike(default_storage.open(files["xlsx"]["path"]))
    header, row = sheet.get_sheet_by_index(0).to_python()
    (line,) = rows(handover)
    assert header == list(line)
    assert dict(zip(header, row, strict=True)) == line | {"denominazione": "=SUM(1)"}
    dossier = json.loads(default_storage.open(files["json"]["path"]).read())
    (credit,) = dossier["crediti"]
    assert (credit["residuo_cents"], dossier["totale_cents"]) == (12_000, 12_000)
    assert (credit["id"], credit["notifiche"][0]["riferimento"]) == (str(going.uuid), "R 77")
    assert dossier["esclusi"] == [{"riferimento": "A2", "motivo": "NON_NOTIFICATA"}]


def test_of_a_replaced_credit_all_the_files_say_when_it_fell_due_first(borgo, ada, person) -> None:
    old = served(make_position(subject=person(), rates=(), reference="A1"))
    replace_position(
        position_id=old.pk, costs=Costs(), reason="atto", due_on=TODAY, segregation="01", actor=ada, at=AT
    )  # fmt: skip
    tomorrow = date(2026, 11, 22)
    handover = hand_over(service_id=old.service_id, actor=ada, at=AT, today=tomorrow)
    path = next(one["path"] for one in handover.others if one["kind"] == "json")
    (credit,) = json.loads(default_storage.open(path).read())["crediti"]
    assert (rows(handover)[0]["scadenza"], credit["scadenza"]) == ("16/06/2026", "2026-06-16")


def test_the_minuta_comes_with_the_collector_s_codes(borgo, ada, person) -> None:
    service = Service.objects.get(code="TARI")
    CreditRules.objects.create(
        service=service, ruolo_ente="01234", ruolo_comune="058091", ruolo_tributo="0434"
    )
    served(make_position(subject=person(name="De Luca Niccolò"), rates=(), reference="A1"))
    path = next(one["path"] for one in handed(ada).others if one["kind"] == "290.txt")
    records = default_storage.open(path).read().decode("ascii").split("\r\n")[:-1]
    assert [record[:2] for record in records] == ["N0", "N1", "N2", "N4", "N5", "N9"]
    assert {len(record) for record in records} == {290}
    assert records[2][209:253].split() == ["DE", "LUCA", "NICCOLO"]
    assert records[3][45:58] == "0000000012000"


def outcomes(*lines: str) -> bytes:
    return "\n".join(["riferimento;esito;data;importo;nota", *lines]).encode()


class TestOutcomes:
    def test_taken_once(self, borgo, ada, person) -> None:
        position = served(make_position(subject=person(), rates=(), reference="A1"))
        handover = handed(ada)
        raw = outcomes(
            "A1;presa in carico;20/11/2026;;", "A1;RISCOSSA_IN_PARTE;21/11/2026;20,00;rata"
        )
        given = {"handover_id": handover.pk, "raw": raw, "actor": ada, "at": AT}
        first, second = take_outcomes(**given), take_outcomes(**given)
        assert (first.new, first.known, second.new, second.known) == (2, 0, 0, 2)
        told = (
            position.timeline.filter(kind="NOTA").order_by("pk").values_list("reference", flat=True)
        )
        assert list(told) == [
            "Riscossione coattiva: Presa in carico il 20/11/2026",
            "Riscossione coattiva: Riscossa in parte per 20,00 € il 21/11/2026",
        ]
        position.refresh_from_db()
        assert position.residual_cents == 12_000  # money comes by the collections, not by a file
        assert list(ledger_problems()) == []

    def test_bad_rows_are_named_and_nothing_is_taken(self, borgo, ada, person) -> None:
        served(make_position(subject=person(), rates=(), reference="A1"))
        noticed(make_position(subject=person(), rates=(), reference="A2"))
        handover = handed(ada)
        raw = outcomes(
            "A1;RISCOSSA;21/11/2026;;", "A1;PERSA;21/11/2026;;", "A1;RISCOSSA;31/02/2026;;",
            "A2;RISCOSSA;21/11/2026;;", "A1;RISCOSSA;22/11/2026;;", "A1;RISCOSSA;21/11/2026;dieci;",
        )  # fmt: skip
        with pytest.raises(OutcomesRefused) as refusal:
            take_outcomes(handover_id=handover.pk, raw=raw, actor=ada, at=AT)
        assert [(bad.line, bad.column) for bad in refusal.value.problems] == [
            (3, "esito"), (4, "data"), (5, "riferimento"), (6, "data"), (7, "importo"),
        ]  # fmt: skip
        assert HandOverOutcome.objects.count() == 0

    @pytest.mark.parametrize(
        "raw", [b"", b"riferimento;data\nA1;21/11/2026", b'riferimento;esito;data\n"A']
    )
    def test_what_is_no_file_of_outcomes(self, borgo, ada, person, raw) -> None:
        served(make_position(subject=person(), rates=()))
        with pytest.raises(FileRefused):
            take_outcomes(handover_id=handed(ada).pk, raw=raw, actor=ada, at=AT)

    def test_what_comes_back_may_go_again(self, borgo, ada, person) -> None:
        served(make_position(subject=person(), rates=(), reference="A1"))
        handover = handed(ada)
        raw = outcomes("A1;PRESA_IN_CARICO;20/11/2026;;", "A1;RESTITUITA;21/11/2026;;")
        take_outcomes(handover_id=handover.pk, raw=raw, actor=ada, at=AT)
        assert handed(ada).included == 1


def test_nothing_unpaid_is_refused(borgo, ada) -> None:
    with pytest.raises(WaveRefused):
        handed(ada)
    assert HandOver.objects.count() == 0


def test_the_command(borgo, person, capsys) -> None:
    served(make_position(subject=person(), due_on=date(2020, 6, 16)))
    call_command("hand_over", ente="borgo", service="TARI")
    assert "1 posizioni per 120,00 €, 0 escluse" in capsys.readouterr().out
    for wrong in ({"ente": "nessuno", "service": "TARI"}, {"ente": "valle", "service": "TARI"}):
        with pytest.raises(SystemExit) as stop:
            call_command("hand_over", **wrong)
        assert stop.value.code == 2
    with schema_context("valle"):
        assert HandOver.objects.count() == 0
