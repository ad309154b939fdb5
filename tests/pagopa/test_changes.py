"""Chapter 4 – a position that changes is published anew: on each road, in the order of its versions, to the cent."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.models import Position, TimelineEntry, Transfer
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.changes import change_position, correct_debtor
from billing.services.positions import NewInstalment, PositionRefused
from pagopa.models import Publication
from pagopa.services.publication_sweep import sweep_publications
from paybox.kernel.models import AuditEntry, OutboxEntry
from registry.rules.addresses import PostalAddress
from registry.services.corrections import Correction, CorrectionRefused
from tenants.models import Ente
from tests.build import AT, make_position, make_subject, pay
from tests.pagopa.conftest import NodeProcess
from tests.pagopa.test_publication_roads import ROADS, archive, installed, ring_all, rows

LATER = date(2026, 9, 30)
ROSSI = Correction(
    "RSSMRA80A01H501U", "Rossi Mario", PostalAddress("Via Verdi", "7", "00010", "Borgo", "RM")
)


def change(position: Position, actor: Any, *ways: tuple[int, int], **given: Any) -> Position:
    """``ways``: number and cents; due on LATER."""
    position.refresh_from_db()
    known: dict[str, Any] = {
        "ways": [NewInstalment(number, LATER, cents) for number, cents in ways],
        "expected_version": position.version,
        "reason": "Atto 12/2026",
        "actor": actor,
        "at": AT,
    }
    return change_position(position_id=position.pk, **(known | given))


def standing(node: NodeProcess, road: str) -> dict[str, Any]:
    """What the counterpart has: how many notices, how many changes."""
    if road == "SOAP":
        return {"notices": node.notices()["INSERITO"]}
    found = archive(node, road.lower())
    return {name: found[name] for name in ("notices", "changes")}


@pytest.mark.django_db
class TestOnEachRoad:
    @pytest.mark.parametrize("road", ROADS)
    def test_a_new_amount_and_a_new_day_are_on_pagopa(self, road, borgo, valle, simulator, ada):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway=road)
        position = make_position()
        with installed(node):
            ring_all()
            change(position, ada, (0, 10_001), (1, 5_000), (2, 5_001))
            ring_all()
        assert rows() == [(road, "RITIRATA"), (road, "ACCETTATA")]
        if road != "DIRETTA":
            changed = {"notices": 3} | ({} if road == "SOAP" else {"changes": 1})
            assert standing(node, road) == changed
        position.refresh_from_db()
        assert (position.version, position.total_cents, position.residual_cents) == (
            2,
            10_001,
            10_001,
        )
        assert position.next_due_on == LATER
        with schema_context("valle"):
            assert OutboxEntry.objects.count() == Publication.objects.count() == 0
        assert list(ledger_problems()) == []

    def test_changed_twice_before_anybody_is_sent_the_last_one_is(self, borgo, simulator, ada):
        node = simulator()
        position = make_position(rates=())
        change(position, ada, (0, 11_000))
        change(position, ada, (0, 9_000))
        with installed(node):
            ring_all()
        assert [state for _, state in rows()][-1] == "ACCETTATA"
        assert Publication.objects.filter(state="ACCETTATA").get().version == 3
        assert node.notices() == {"INSERITO": 1}

    def test_an_older_version_sent_late_does_not_stay(self, borgo, simulator, ada):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway="GPD")
        position = make_position(rates=())
        with installed(node):
            ring_all()
            change(position, ada, (0, 9_000))
            ring_all()
            # somebody who had taken version 1 wakes up only now
            late = Publication.objects.get(version=1)
            Publication.objects.filter(pk=late.pk).update(state="RICHIESTA")
            from pagopa.gateways.configured import publication_gateway
            from pagopa.services.publication_sending import publish_batch

            borgo.refresh_from_db()
            publish_batch(publication_ids=[late.pk], roads=publication_gateway, ente=borgo, at=AT)
            assert Publication.objects.get(version=2).state == "RICHIESTA"
            ring_all()
        assert Publication.objects.get(version=2).state == "ACCETTATA"

    def test_a_change_that_no_job_knows_is_found(self, borgo, simulator, ada):
        node = simulator()
        position = make_position(rates=())
        with installed(node):
            ring_all()
            change(position, ada, (0, 9_000))
            OutboxEntry.objects.all().delete()
            assert sweep_publications(at=AT + timedelta(hours=1)) == 1
            ring_all()
        assert rows() == [("SOAP", "RITIRATA"), ("SOAP", "ACCETTATA")]


@pytest.mark.django_db
class TestMoney:
    def test_the_difference_is_a_movement_and_the_fact_keeps_before_and_after(self, borgo, ada):
        more, less = make_position(), make_position(rates=())
        change(more, ada, (0, 12_345), (1, 6_000), (2, 6_345))
        change(less, ada, (0, 1))
        moved = Transfer.objects.exclude(kind="APERTURA").order_by("pk")
        assert list(moved.values_list("kind", "debit", "credit", "amount_cents", "cause")) == [
            ("AUMENTO", "CREDITI", "ACCERTATO", 345, "Atto 12/2026"),
            ("RIDUZIONE", "ANNULLI", "CREDITI", 11_999, "Atto 12/2026"),
        ]
        totals = ledger_totals()
        assert (totals.opened, totals.withdrawn, totals.owed) == (24_345, 11_999, 12_346)
        fact = TimelineEntry.objects.get(kind="MODIFICATA", position=less)
        assert (fact.reference, fact.actor_name) == ("Atto 12/2026", ada.name)
        assert fact.details["difference_cents"] == -11_999
        assert fact.details["before"][0]["amount_cents"] == 12_000
        assert fact.details["after"] == [
            {"number": 0, "amount_cents": 1, "due_on": LATER.isoformat()}
        ]
        assert AuditEntry.objects.filter(action="billing.position.changed").count() == 2
        assert list(ledger_problems()) == []

    def test_only_a_day_moves_no_money(self, borgo, ada):
        position = make_position(rates=())
        change(position, ada, (0, 12_000))
        assert Transfer.objects.exclude(kind="APERTURA").count() == 0
        assert list(ledger_problems()) == []

    def test_what_is_paid_in_part_changes_on_what_is_left(self, borgo, ada):
        position = make_position()
        pay(position.instalments.get(number=1).notice_number, 6_000)
        change(position, ada, (2, 2_500))
        position.refresh_from_db()
        assert (position.total_cents, position.residual_cents) == (8_500, 2_500)
        pay(position.instalments.get(number=2).notice_number, 2_500)
        position.refresh_from_db()
        assert position.state == "PAGATA"
        assert list(ledger_problems()) == []

    def test_the_old_amount_paid_meanwhile_leaves_an_excess(self, borgo, ada):
        position = make_position(rates=())
        change(position, ada, (0, 10_000))
        booked = pay(position.instalments.get().notice_number, 12_000)
        assert (booked.allotted_cents, booked.excess_cents) == (10_000, 2_000)
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize(
        ("ways", "given", "words"),
        [
            ([(0, 12_000), (1, 6_000), (2, 5_000)], {}, "somma delle rate"),
            ([(0, 0), (1, 6_000), (2, 6_000)], {}, "maggiore di zero"),
            ([(0, 12_000)], {}, "modi di pagare"),
            ([(0, 1), (1, 1), (2, 1)], {"reason": "  "}, "motivo"),
            ([(0, 2), (1, 1), (2, 1)], {"expected_version": 7}, "da altri"),
            ([(0, 2), (1, 1), (2, 1)], {"at": AT + timedelta(days=400)}, "già passata"),
        ],
    )
    def test_what_cannot_be(self, ways, given, words, borgo, ada):
        position = make_position()
        with pytest.raises(PositionRefused, match=words):
            change(position, ada, *ways, **given)
        assert TimelineEntry.objects.filter(kind="MODIFICATA").count() == 0

    def test_nothing_left_or_nothing_open_or_nothing_new(self, borgo, ada):
        position = make_position()
        pay(position.instalments.get(number=1).notice_number, 11_000)
        with pytest.raises(PositionRefused, match="va annullata"):
            change(position, ada, (2, 5_000))
        with pytest.raises(PositionRefused, match="Non è cambiato nulla"):
            change(position, ada, ways=[NewInstalment(2, date(2026, 6, 16), 6_000)])
        pay(position.instalments.get(number=2).notice_number, 1_000)
        with pytest.raises(PositionRefused, match="già pagata"):
            change(position, ada, (2, 100))


@pytest.mark.django_db
class TestDebtor:
    def test_her_data_are_put_right_on_all_her_open_positions(self, borgo, valle, simulator, ada):
        node = simulator()
        subject = make_subject()
        opened = [make_position(subject=subject, rates=()) for _ in range(2)]
        paid = make_position(subject=subject, rates=())
        pay(paid.instalments.get().notice_number, 12_000)
        with installed(node):
            ring_all()
            count = correct_debtor(
                subject_id=subject.pk, correction=ROSSI, reason="Trasferimento", actor=ada, at=AT
            )
            ring_all()
        assert count == 2
        subject.refresh_from_db()
        assert (subject.street, subject.civic) == ("Via Verdi", "7")
        facts = TimelineEntry.objects.filter(kind="MODIFICATA")
        assert set(facts.values_list("position_id", flat=True)) == {p.pk for p in opened}
        assert facts[0].details["before"] == {"street": "Via Roma", "civic": "1"}
        assert Publication.objects.filter(version=2, state="ACCETTATA").count() == 2
        assert list(ledger_problems()) == []

    def test_not_into_somebody_else_and_not_into_nothing(self, borgo, ada):
        subject = make_subject()
        other = make_subject(codice_fiscale="VRDLGU85T10F205N", name="Verdi Luigi")
        for wrong in (
            replace(ROSSI, codice_fiscale=other.codice_fiscale),
            replace(ROSSI, address=replace(ROSSI.address, street="Via Roma", civic="1")),
        ):
            with pytest.raises(CorrectionRefused):
                correct_debtor(
                    subject_id=subject.pk, correction=wrong, reason="x", actor=ada, at=AT
                )
        subject.refresh_from_db()
        assert subject.codice_fiscale == "RSSMRA80A01H501U"
