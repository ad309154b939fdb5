"""A number of five thousand digits, where a page expects a handful, is no number: never a broken page."""

from typing import Any

import pytest
from django.test import Client

from billing.models import Service
from dunning.rules.step_drafts import StepDraft
from dunning.services.policies import write_policy
from frontline.office.typed_number import whole_number
from paybox.kernel.actor import Actor
from tests.build import AT

MANY = "9" * 5_000
STEP = StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=False)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12", 12), ("9" * 17, int("9" * 17)), ("9" * 18, None), (MANY, None), ("-1", None), ("", None), ("1,5", None)],
)  # fmt: skip
def test_what_is_read(typed: str, read: int | None) -> None:
    assert whole_number(typed) == read


def test_in_a_form_it_is_refused(ada_browses: Client) -> None:
    service = Service.objects.get(code="TARI")
    policy = write_policy(service_id=service.pk, steps=[STEP], actor=Actor(9, "Altra"), at=AT)
    step = policy.steps.get()
    given: list[tuple[str, dict[str, Any], int]] = [
        (f"/ufficio/procedure/passi/{step.pk}/approva/", {"massimo": MANY}, 302),
        ("/ufficio/pagopa/riprova/", {"id": [MANY]}, 302),
    ]
    for url, typed, status in given:
        assert ada_browses.post(url, typed).status_code == status
    assert not step.standing.exists()


def test_in_an_address_it_asks_for_nothing(ada_browses: Client) -> None:
    assert ada_browses.get(f"/ufficio/senza-carta/?anno={MANY}").status_code == 200
