"""Whether somebody may be invited to notices without paper, and why not: asked when it is simulated and when it leaves.

Before: what is known of a person.  After: a letter with her own code, or an e-mail that she may refuse.
By e-mail only to an address that she gave herself, and twice at most: it is a courtesy, not an advertisement.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dunning.rules.channels import EMAIL
from dunning.rules.eligibility import MIN_GAP, ExclusionReason

MOST_EMAILS = 2
USUAL_QUIET_DAYS = 180


@dataclass(frozen=True, slots=True)
class Invitee:
    """``email``: one she gave, neither failing nor to be left alone; ``has_email``: any that works.

    ``letter``: her address on one line, empty when no letter can go there. ``choice``: the last act of consent to
    e-mail, empty without. ``asked_silence``: one of her addresses is to be left alone because she, or the office, said
    so. ``emails``: invitations that left by e-mail so far.
    """

    subject_id: int
    key: str
    codice_fiscale: str
    letter: str
    email: str
    has_email: bool
    is_verified: bool
    choice: str
    is_dead: bool
    asked_silence: bool
    emails: int
    invited_at: datetime | None
    last_message_at: datetime | None

    def address_on(self, channel: str) -> str:
        return self.email if channel == EMAIL else self.letter


def why_not_invited(
    one: Invitee, *, channel: str, quiet: timedelta, at: datetime
) -> ExclusionReason | None:
    """The first reason to leave her alone; ``quiet``: how long an invitation is not repeated."""
    return _why_not_her(one, channel) or _why_not_yet(one, channel, quiet, at)


def _why_not_her(one: Invitee, channel: str) -> ExclusionReason | None:
    if one.is_dead:
        return ExclusionReason.DECESSO
    if one.choice == "REVOCATO":
        return ExclusionReason.TORNATO_ALLA_CARTA
    if one.choice or one.is_verified or (channel != EMAIL and one.has_email):
        return ExclusionReason.GIA_DIGITALE
    if one.asked_silence:
        return ExclusionReason.DA_NON_DISTURBARE
    return None if one.codice_fiscale else ExclusionReason.SENZA_CODICE_FISCALE


def _why_not_yet(
    one: Invitee, channel: str, quiet: timedelta, at: datetime
) -> ExclusionReason | None:
    if one.invited_at is not None and at - one.invited_at < quiet:
        return ExclusionReason.GIA_INVITATO
    if not one.address_on(channel):
        by_email = channel == EMAIL
        return ExclusionReason.SENZA_RECAPITO if by_email else ExclusionReason.INDIRIZZO
    if channel == EMAIL and one.emails >= MOST_EMAILS:
        return ExclusionReason.INVITI_ESAURITI
    recent = one.last_message_at is not None and at - one.last_message_at < MIN_GAP
    return ExclusionReason.FREQUENZA if recent else None
