"""Many debtors in as many tipi di dovuto as there are waves, and the waves that are about to be killed.

The people come in by the product's own load (COPY); who is in the tipo of the SMS has a mobile and nothing else, and so on.
One wave more asks people by e-mail whether they want no more paper, each with a code of her own.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from billing.demo_people import Address, invent_person
from billing.models import Position, Service
from billing.services.loads import confirm_load
from billing.services.staging import stage_load
from dunning.channels.library import ready_text
from dunning.models import Wave
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.services.channel_access import AccessDraft, write_access
from dunning.services.inviting import InvitationDraft, plan_round
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.texts import approve_text, write_text
from dunning.services.waves import approve_wave, start_wave
from paybox.demo.stack import PLATFORM_KEY
from paybox.kernel.actor import SYSTEM, Actor
from paybox.kernel.models import OutboxEntry
from tenants.models import Ente, Membership, User

CHANNELS = ("SMS", "EMAIL", "PEC", "LETTERA", "IO", "SEND")
INVITED = "INVITO"  # by e-mail: nobody is asked for money, nobody stops it by paying
WAVES = (*CHANNELS, INVITED)
AT_HOME = ("LETTERA", "SEND")  # their debtors have an address
PREPARER, APPROVER = Actor(1, "Ada Bianchi"), Actor(2, "Elena Fabbri")
LOADED_BEFORE = timedelta(days=60)
DUE_BEFORE = timedelta(days=5)  # late enough to be reminded, recent enough to be told by a memo
_SOMEWHERE = Address("Borgo", "41099", "MO")
_HEAD = (
    "riferimento", "tipo_soggetto", "codice_fiscale", "denominazione", "indirizzo", "civico", "cap", "comune", "provincia",
    "nazione", "email", "pec", "cellulare", "causale", "anno", "importo", "scadenza",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """``waves`` and how many ``debtors``, by name of the wave; ``officials`` the addresses that get a memo."""

    waves: dict[str, int]
    debtors: dict[str, int]
    officials: frozenset[str]


def lay_ground(
    ente: Ente, *, items: int, acts: int, chance: Random, at: datetime, today: date
) -> Ground:
    """Load ``items`` debtors for each wave and start a wave for each; as many officials wait for the memos.

    Of acts for SEND there may be fewer: each is set in type, with its notices, one by one.
    """
    services = {channel: _service(channel) for channel in WAVES}
    debtors = dict.fromkeys(WAVES, items) | {"SEND": acts}
    people = _people(sum(debtors.values()), chance)
    for channel, service in services.items():
        _load(service, channel, debtors[channel], people, at - LOADED_BEFORE, today - DUE_BEFORE)
    Position.objects.update(noticed_at=at - LOADED_BEFORE, published_at=at - LOADED_BEFORE)
    OutboxEntry.objects.filter(queue="pagopa").update(done_at=at)  # publishing is another story
    for platform in ("IO", "SEND"):
        draft = AccessDraft(platform, None, PLATFORM_KEY, True)
        write_access(draft=draft, actor=PREPARER, at=at)
    _authorise_act(services["SEND"], at)
    waves = {
        channel: _started(service, channel, at, today) for channel, service in services.items()
    }
    return Ground(waves, debtors, _officials(ente, items // len(WAVES), today))


def address_of(channel: str, number: int) -> str:
    """Where person ``number`` is reached; the last digits of a mobile never tell the stand-in to misbehave."""
    match channel:
        case "SMS":
            return f"+39333{number:05d}77"
        case "EMAIL":
            return f"persona{number}@posta.example"
        case "PEC":
            return f"persona{number}@certificata.example"
        case "INVITO":
            return f"persona{number}@inviti.example"
    return ""


def _authorise_act(service: Service, at: datetime) -> None:
    """The words of a formal demand: an act never leaves in the product's own."""
    draft = ready_text("TARI", Act.DEMAND, Form.LETTER)
    assert draft is not None
    version = write_text(service_id=service.pk, draft=draft, actor=PREPARER, at=at)
    approve_text(version_id=version.pk, actor=APPROVER, at=at, seen=version.sha256)


def _service(channel: str) -> Service:
    """As TARI, for one channel only."""
    service = Service.objects.get(code="TARI")
    service.pk, service.code, service.name = None, f"K{channel}"[:8], f"TARI ({channel})"
    service.save()
    return service


def _people(count: int, chance: Random) -> Iterator[tuple[str, str]]:
    """(codice fiscale, name), no two with the same code."""
    seen: set[str] = set()
    while len(seen) < count:
        person = invent_person(chance, _SOMEWHERE)
        if person.codice_fiscale not in seen:
            seen.add(person.codice_fiscale)
            yield person.codice_fiscale, person.name


def _load(
    service: Service,
    channel: str,
    items: int,
    people: Iterator[tuple[str, str]],
    at: datetime,
    due_on: date,
) -> None:
    rows = (_row(channel, number, *next(people), due_on) for number in range(items))
    load = stage_load(
        service=service, filename=f"{channel}.csv", raw=_csv(rows), actor=SYSTEM, at=at, today=at.date()
    )  # fmt: skip
    done = confirm_load(load_id=load.pk, segregation="01", actor=SYSTEM, at=at)
    assert done.loaded_positions == items


def _row(channel: str, number: int, code: str, name: str, due_on: date) -> Iterable[str]:
    reached = {"EMAIL" if channel == INVITED else channel: address_of(channel, number)}
    home = (
        ("Via Roma", str(number + 1), "41099", "Borgo", "MO") if channel in AT_HOME else ("",) * 5
    )
    return (
        f"{channel}-{number}", "F", code, name, *home, "IT", reached.get("EMAIL", ""), reached.get("PEC", ""),
        reached.get("SMS", ""), f"TARI {due_on.year}", str(due_on.year), "120,00", f"{due_on:%d/%m/%Y}",
    )  # fmt: skip


def _csv(rows: Iterator[Iterable[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_HEAD)
    writer.writerows(rows)
    return text.getvalue().encode()


def _started(service: Service, channel: str, at: datetime, today: date) -> int:
    wave = _planned(service, channel, at, today)
    approve_wave(wave_id=wave.pk, actor=APPROVER, at=at)
    start_wave(wave_id=wave.pk, actor=APPROVER, at=at)
    return wave.pk


def _planned(service: Service, channel: str, at: datetime, today: date) -> Wave:
    if channel == INVITED:
        draft = InvitationDraft("EMAIL", given_by_people=True)
        return plan_round(service_id=service.pk, draft=draft, actor=PREPARER, at=at, today=today)
    kind = "FORMALE" if channel == "SEND" else "CORTESIA"
    step = StepDraft(kind, "SCADENZA", 1, (channel,), needs_approval=True)
    write_policy(service_id=service.pk, steps=[step], actor=PREPARER, at=at)
    return plan_step(service_id=service.pk, number=1, actor=PREPARER, at=at, today=today)


def _officials(ente: Ente, count: int, today: date) -> frozenset[str]:
    """Each is told of every term: a memo for each tipo di dovuto."""
    emails = [f"funzionario{n}@borgo.example" for n in range(count)]
    users = User.objects.bulk_create([User(email=e, name=f"Funzionario {n}") for n, e in enumerate(emails)])  # fmt: skip
    Membership.objects.bulk_create(
        [Membership(user=user, ente=ente, role="responsabile", since=today) for user in users]
    )
    return frozenset(emails)
