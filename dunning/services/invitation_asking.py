"""Chapter 9 – invitations asked again: whether each may still be invited in the instant it is taken, and her own words.

Before: ``rechecking``.  After: the same rules that the simulation asked. A person gets her code here, not before: until
something may leave nobody has one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dunning.models import Wave, WaveItem
from dunning.rules.eligibility import ItemFacts
from dunning.rules.invitations import Invitee, why_not_invited
from dunning.selectors.invitation_words import compose_invitation, invitation_words
from dunning.selectors.invitees import invitees_among
from dunning.services.asking import Asked, silenced, working_contacts
from dunning.services.outcomes import SENDER
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from registry.services.invitations import invite_many


def invitations(
    items: Sequence[WaveItem], wave: Wave, way: SendingWay, at: datetime
) -> list[Asked]:
    """As many statements for a hundred as for one."""
    ids = [item.subject_id or 0 for item in items]
    today = at.astimezone(ROME).date()
    known = invitees_among(ids, on=today, at=at, wave=wave)
    facts = [_facts(item, known[pk], wave, at) for item, pk in zip(items, ids, strict=True)]
    going = [pk for pk, told in zip(ids, facts, strict=True) if told.stopped is None]
    codes = invite_many(subject_ids=going, actor=SENDER, at=at)
    working = working_contacts(items, silenced(items))

    def asked(item: WaveItem, told: ItemFacts) -> Asked:
        person = item.subject
        assert person is not None  # noqa: S101 - only a list has items without a debtor
        code = codes.get(person.pk, "")
        compose = partial(
            compose_invitation, channel=item.channel, service=wave.service, ente=way.ente, link=way.portal_url,
            code=code,
        )  # fmt: skip

        def letter() -> dict[str, Any]:
            return invitation_words(
                said=compose(), code=code, person=person, link=way.portal_url, written_on=today,
            )  # fmt: skip

        return Asked(replace(told, contact=working(item)), compose, letter=letter)

    return [asked(item, told) for item, told in zip(items, facts, strict=True)]


def _facts(item: WaveItem, one: Invitee, wave: Wave, at: datetime) -> ItemFacts:
    """How often she is written to is asked apart: a letter set aside for the printer has been asked already."""
    choice = wave.invitation
    assert choice is not None  # noqa: S101 - every invitation is of a round
    rested = replace(one, last_message_at=None)
    quiet = timedelta(days=choice.quiet_days)
    return ItemFacts(
        at=at,
        residual_cents=0,
        withdrawn=False,
        held=False,
        already_sent=False,
        contact="",
        stopped=why_not_invited(rested, channel=item.channel, quiet=quiet, at=at),
        last_message_at=one.last_message_at,
        keeps_hours=False,
        asks_money=False,
    )
