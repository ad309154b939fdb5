"""A formal step counts as an act served when its delivery is proved, and for what takes the credit's place too."""

import json
from datetime import date

import pytest
from django.core.files.storage import default_storage

from billing.models import Position
from dunning.models import (
    Attempt,
    DunningPolicy,
    Letter,
    PolicyStep,
    PrintBatch,
    ServedAct,
    StepTaken,
    Wave,
    WaveItem,
)
from dunning.selectors.handover import candidates
from dunning.selectors.morosity import defaulters
from dunning.services.acts import Costs, replace_position
from dunning.services.handover import hand_over
from dunning.services.served_acts import Notification, record_service
from paybox.kernel.actor import Actor
from paybox.kernel.models import Job
from tests.build import AT, make_position

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
TODAY = date(2026, 3, 2)


def stepped(position: Position, *, kind: str, channel: str, delivered: bool = True) -> None:
    """A step of the first procedure that left for the position, and whether it arrived."""
    author = {"author_id": 1, "author_name": "Ada"}
    policy = DunningPolicy.objects.create(
        service=position.service, version=1, created_at=AT, **author
    )
    step = PolicyStep.objects.create(
        policy=policy, number=1, kind=kind, anchor=PolicyStep.From.DUE, offset_days=10, channels=[channel],
        template="t", needs_approval=True, minimum_cents=0, costs_cents=0, holdout_percent=0,
    )  # fmt: skip
    wave = Wave.objects.create(
        kind=Wave.Kind.REMINDER, service=position.service, step=step, channel=channel, template="t",
        planned_on=TODAY, created_at=AT, **author,
    )  # fmt: skip
    item = WaveItem.objects.create(
        wave=wave, subject=position.subject, position_ids=[position.pk], key="1", amount_cents=1,
        channel=channel, updated_at=AT,
    )  # fmt: skip
    StepTaken.objects.create(
        position=position, due_on=position.next_due_on, step=1, item=item, taken_on=date(2026, 1, 10),
        delivered_on=date(2026, 1, 11) if delivered else None,
    )  # fmt: skip


def posted(position: Position, *, product: str, outcome: str, on: date) -> None:
    """The letter of that step, and what the post said of it."""
    taken = StepTaken.objects.get(position=position)
    job = Job.objects.create(kind="dunning.print", title="Lettere", actor_name="Ada", created_at=AT)
    batch = PrintBatch.objects.create(
        wave=taken.item.wave, job=job, product=product, letters_count=1, created_at=AT
    )
    attempt = Attempt.objects.create(
        item=taken.item, channel="LETTERA", address="via Roma 1", created_at=AT
    )
    Letter.objects.create(
        batch=batch, attempt=attempt, number=1, part=1, code="1", lines=[], words={}, outcome=outcome,
        outcome_on=on, perfected_on=on,
    )  # fmt: skip


def verdict(position: Position) -> str:
    found = candidates(service=position.service, on=TODAY)
    return next(c.reason for c in found if c.position.pk == position.pk)


@pytest.mark.parametrize(
    ("kind", "channel", "delivered", "reason"),
    [
        ("FORMALE", "PEC", True, ""),
        ("LEGALE", "PEC", True, "TERMINI_APERTI"),  # it is served; the time to appeal still runs
        ("FORMALE", "PEC", False, "NON_AVVISATA"),
        ("FORMALE", "SMS", True, "NON_AVVISATA"),  # it arrived, and nothing proves it in law
        ("CORTESIA", "PEC", True, "NON_AVVISATA"),
    ],
)
def test_what_counts_as_served(kind: str, channel: str, delivered: bool, reason: str) -> None:
    position = make_position(rates=(), due_on=date(2025, 6, 16))
    stepped(position, kind=kind, channel=channel, delivered=delivered)
    assert verdict(position) == reason


@pytest.mark.parametrize(
    ("product", "outcome", "reason", "proof"),
    [
        ("RACCOMANDATA_AR", "CONSEGNATA", "", "AR"),
        ("RACCOMANDATA_AR", "COMPIUTA_GIACENZA", "", "GIACENZA"),
        ("ORDINARIA", "CONSEGNATA", "NON_AVVISATA", None),
    ],
)
def test_a_registered_letter_is_a_proof(
    ada: Actor, product: str, outcome: str, reason: str, proof: str | None
) -> None:
    position = make_position(rates=(), due_on=date(2025, 6, 16))
    stepped(position, kind="FORMALE", channel="LETTERA")
    # The post's last word on the day counts, not the first news that the step heard.
    posted(position, product=product, outcome=outcome, on=date(2026, 1, 21))
    assert verdict(position) == reason
    new = replace_position(
        position_id=position.pk, costs=Costs(), reason="atto", due_on=TODAY, segregation="01", actor=ada, at=AT,
    )  # fmt: skip
    acts = ServedAct.objects.filter(position=new).values_list("perfected_on", "source")
    assert list(acts) == ([(date(2026, 1, 21), proof)] if proof else [])


@pytest.mark.usefixtures("own_files")
def test_the_files_of_a_hand_over_say_when_it_was_served(ada: Actor) -> None:
    """The proof that let the credit in is among the evidence, though nobody wrote it down."""
    position = make_position(rates=(), due_on=date(2025, 6, 16))
    stepped(position, kind="FORMALE", channel="PEC")
    made = hand_over(service_id=position.service_id, actor=ada, at=AT, today=TODAY)
    assert default_storage.open(made.file).read().decode().rstrip().endswith(";11/01/2026")
    path = next(one["path"] for one in made.others if one["kind"] == "json")
    (act,) = json.loads(default_storage.open(path).read())["crediti"][0]["notifiche"]
    assert (act["atto"], act["spedito_il"], act["perfezionato_il"], act["prova"]) == (
        "SOLLECITO_FORMALE", "2026-01-10", "2026-01-11", "PEC",
    )  # fmt: skip


def test_an_orders_list_says_when_it_was_served(ada: Actor) -> None:
    position = make_position(rates=(), due_on=date(2025, 6, 16))
    stepped(position, kind="FORMALE", channel="PEC")
    (who,) = defaulters(service=position.service, least_years=1, on=TODAY)
    assert who.served_on == date(2026, 1, 11)


def test_it_counts_for_what_takes_its_place(ada: Actor) -> None:
    old = make_position(rates=(), due_on=date(2025, 6, 16))
    stepped(old, kind="FORMALE", channel="PEC")
    by_hand = Notification("ACCERTAMENTO", date(2026, 2, 1), "AR", "R 1")
    record_service(position_id=old.pk, served=by_hand, actor=ada, at=AT)
    new = replace_position(
        position_id=old.pk, costs=Costs(), reason="atto", due_on=TODAY, segregation="01", actor=ada, at=AT,
    )  # fmt: skip
    acts = ServedAct.objects.filter(position=new).order_by("perfected_on")
    assert [(a.kind, a.perfected_on, a.source) for a in acts] == [
        ("SOLLECITO_FORMALE", date(2026, 1, 11), "PEC"),
        ("ACCERTAMENTO", date(2026, 2, 1), "AR"),
    ]
