"""The demo's telephone, interrupted in its middle: told again it goes on from there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django_tenants.utils import get_public_schema_name, schema_context

from dunning.models import PhoneCall, PhoneCampaign, TextVersion
from paybox.demo import telephone
from paybox.demo.far_ends import FarEnds
from paybox.demo.stack import Ports
from paybox.demo.story import Story
from registry.models import Subject
from tenants.services.demo_users import ensure_demo_users
from tests.build import make_position

pytestmark = pytest.mark.usefixtures("borgo")


@pytest.mark.parametrize("made", [0, 3, len(telephone.SAID)])
def test_each_call_is_made_once(made: int, person: Callable[..., Subject], tmp_path: Path) -> None:
    for _ in telephone.SAID:
        make_position(subject=person(), rates=())
    with schema_context(get_public_schema_name()):
        ensure_demo_users()
        people = [
            telephone._actor(email)
            for email in (telephone.WRITES, telephone.APPROVES, telephone.CALLS)
        ]
    if made:
        campaign = telephone._campaign("TARI", *people)
        for outcome, note in telephone.SAID[:made]:
            telephone._call(campaign, outcome, note, people[-1])
    story = Story(tmp_path, FarEnds(Ports.beside(1)))
    lines = telephone.telephone_the_late("borgo", "TARI")(story)
    assert "7 telefonate" in lines[1]
    assert (PhoneCampaign.objects.count(), TextVersion.objects.count()) == (1, 1)
    told = PhoneCall.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(told) == [outcome.value for outcome, _ in telephone.SAID]
