"""Who could be invited to notices without paper, with all that decides it: a few questions a person, answered together.

Before: credits of a load, of a kind, of all.  After: ``rules.invitations``, for the simulation and again at sending.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Greatest

from billing.models import Position
from billing.states import PositionState
from dunning.models import AddressTask, Attempt, Hold, InvitationRound, Suppression, Wave, WaveItem
from dunning.rules.eligibility import MIN_GAP
from dunning.rules.invitations import Invitee
from dunning.selectors.facts import NOT_LEFT
from dunning.selectors.post_words import window_of
from registry.models import Consent, Contact, Invitation, Subject

ROWS = 2_000
INVITED = (
    WaveItem.State.SENDING, WaveItem.State.SENT, WaveItem.State.PAPER, WaveItem.State.REACHED,
    WaveItem.State.UNCERTAIN,
)  # fmt: skip
_NOT_HERS = ("tesoreria",)  # sources of addresses that the person did not give


def chosen_by(choice: InvitationRound) -> QuerySet[Subject]:
    """Everybody with a credit that the round speaks of, withdrawn ones apart."""
    credits = Position.objects.exclude(state=PositionState.WITHDRAWN)
    if choice.load_id is not None:
        credits = credits.filter(load_id=choice.load_id)
    elif not choice.everyone:
        credits = credits.filter(service_id=choice.service_id)
    return Subject.objects.filter(pk__in=credits.values("subject_id"))


def invitees(
    people: QuerySet[Subject], *, on: date, at: datetime, but_wave_id: int = 0
) -> Iterator[Invitee]:
    """Each with her facts, by id. ``but_wave_id``: what that wave did, and the codes it made, are not looked at."""
    told = _with_messages(_with_contacts(people), at, but_wave_id)
    returned = AddressTask.objects.filter(item__subject=OuterRef("pk"), settled_at=None)
    deaths = Hold.objects.in_force(on=on).filter(subject=OuterRef("pk"), reason=Hold.Reason.DEATH)
    told = told.annotate(returned=Exists(returned), dead=Exists(deaths))
    for one in told.order_by("pk").iterator(chunk_size=ROWS):
        yield _invitee(one)


def _with_contacts(people: QuerySet[Subject]) -> QuerySet[Subject]:
    hers = Contact.objects.filter(subject=OuterRef("pk")).annotate(
        channel=Case(
            When(kind=Contact.Kind.MOBILE, then=Value("SMS")),
            default=F("kind"),
            output_field=TextField(),
        )
    )
    silent = Suppression.objects.filter(
        channel=OuterRef("channel"), address=OuterRef("value"), lifted_at=None
    )
    emails = hers.filter(kind=Contact.Kind.EMAIL).exclude(quality=Contact.Quality.FAILING)
    given = emails.exclude(Exists(silent)).exclude(source__in=_NOT_HERS).order_by("-pk")
    said = Consent.objects.filter(subject=OuterRef("pk")).order_by("-pk")
    on_email = said.filter(kind=Contact.Kind.EMAIL)
    on_mobile = said.exclude(kind=Contact.Kind.EMAIL)
    wish = silent.exclude(reason=Suppression.Reason.PROVIDER)
    return people.annotate(
        email=Subquery(given.values("value")[:1]),
        has_email=Exists(emails),
        verified=Exists(emails.filter(quality=Contact.Quality.VERIFIED)),
        choice=Subquery(on_email.values("act")[:1]),
        mobile_choice=Subquery(on_mobile.values("act")[:1]),
        silenced=Exists(hers.filter(Exists(wish))),
    )


def _with_messages(people: QuerySet[Subject], at: datetime, but_wave_id: int) -> QuerySet[Subject]:
    items = WaveItem.objects.filter(
        subject=OuterRef("pk"), wave__kind=Wave.Kind.INVITE, state__in=INVITED
    ).exclude(wave_id=but_wave_id)
    by_wave = items.order_by().values("subject")
    by_desk = Invitation.objects.filter(subject=OuterRef("pk"))
    if but_wave_id:
        by_desk = by_desk.none()
    recent = Attempt.objects.filter(item__subject=OuterRef("pk"), created_at__gt=at - MIN_GAP)
    recent = recent.exclude(state__in=NOT_LEFT).order_by("-created_at")
    mailed = Count("pk", filter=Q(channel="EMAIL"))
    return people.annotate(
        invited_at=Greatest(
            Subquery(by_wave.annotate(last=Max("updated_at")).values("last")),
            Subquery(by_desk.values("created_at")[:1]),
        ),
        emails=Subquery(by_wave.annotate(sent=mailed).values("sent")),
        last_message_at=Subquery(recent.values("created_at")[:1]),
    )


def _invitee(one: Subject) -> Invitee:
    told = vars(one)  # with what was asked about her
    trouble, lines = window_of(one)
    return Invitee(
        subject_id=one.pk,
        key=str(one.uuid),
        codice_fiscale=one.codice_fiscale,
        letter="" if trouble or told["returned"] else " ".join(lines[1:]),
        email=told["email"] or "",
        has_email=told["has_email"],
        is_verified=told["verified"],
        choice=_choice(told["choice"], told["mobile_choice"]),
        is_dead=told["dead"],
        asked_silence=told["silenced"],
        emails=told["emails"] or 0,
        invited_at=told["invited_at"],
        last_message_at=told["last_message_at"],
    )


def _choice(on_email: str | None, on_mobile: str | None) -> str:
    """To want reminders by SMS says nothing of the notices; to withdraw says that one wants neither."""
    given_back = on_mobile == Consent.Act.WITHDRAWN
    return on_email or (Consent.Act.WITHDRAWN.value if given_back else "")


def invitees_among(ids: Sequence[int], *, on: date, at: datetime, wave: Wave) -> dict[int, Invitee]:
    """The same of some people, asked again by the wave that is to write to them."""
    people = Subject.objects.filter(pk__in=ids)
    found = invitees(people, on=on, at=at, but_wave_id=wave.pk)
    return {one.subject_id: one for one in found}
