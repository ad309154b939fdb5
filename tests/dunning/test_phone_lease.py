"""Eight operators press at the same moment: each file is one's, and nobody's twice."""

import threading

from django.db import connections
from django_tenants.utils import schema_context

from dunning.models import PhoneFile
from dunning.services.phone_mandate import give_campaign
from paybox.kernel.actor import Actor
from tests.build import make_subject
from tests.dunning.phones import AUTHOR, MONDAY, overdue, running, take


def test_eight_at_once_over_four_files(own_borgo: str) -> None:
    for n in range(4):
        debtor = make_subject(codice_fiscale=f"TLFPRV80A01H00{n}X", name=f"Prova {n}", mobile=f"+39333770000{n}")  # fmt: skip
        overdue(debtor, 10_000 + n)
    campaign = running()
    people = [Actor(50 + n, f"Operatrice {n}") for n in range(8)]
    for who in people:
        give_campaign(campaign_id=campaign.pk, user_id=who.user_id, name=who.name, actor=AUTHOR, at=MONDAY)  # fmt: skip
    got: dict[str, int | None] = {}
    start = threading.Barrier(len(people))

    def press(who: Actor) -> None:
        try:
            with schema_context("borgo"):
                start.wait(timeout=30)
                file = take(campaign, who=who)
                got[who.name] = file.pk if file else None
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    held = {name: pk for name, pk in got.items() if pk}
    assert len(got) == 8
    assert sorted(held.values()) == sorted(PhoneFile.objects.values_list("pk", flat=True))
    for file in PhoneFile.objects.all():
        assert held[file.operator_name] == file.pk
