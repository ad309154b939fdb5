"""Chapter 2 – a registry that learns: other addresses are proposed with their source, and a person takes them or not.

Before: a register's file, a letter that came back, the citizen herself.  After: ``corrections`` when it is taken; the row in any case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_row
from registry.models import AddressProposal, Subject
from registry.rules.addresses import AddressRefused, PostalAddress, read_address
from registry.services.corrections import correct_subject_address
from registry.services.proposal_decisions import check_decision, write_decision

COLUMNS = ("codice_fiscale", "via", "civico", "cap", "comune", "provincia")


@dataclass(frozen=True, slots=True)
class ImportedAddresses:
    """``same``: already so in the registry; ``known``: proposed before, open or decided; ``refused``: row, why."""

    proposed: int
    same: int
    known: int
    strangers: int
    refused: tuple[tuple[int, str], ...]


@transaction.atomic
def propose_address(
    *, subject: Subject, address: PostalAddress, source: str, note: str, actor: Actor, at: datetime,
    raw_message_id: int | None = None,
) -> AddressProposal | None:  # fmt: skip
    """None when it is the address on file, or was proposed before by the same source and refused or is still open."""
    told = asdict(address)
    if all(getattr(subject, name) == value for name, value in told.items()):
        return None
    before = AddressProposal.objects.filter(subject=subject, **told)
    if before.filter(decided_at=None).exists() or before.filter(source=source, decision="RESPINTA").exists():  # fmt: skip
        return None
    return AddressProposal.objects.create(
        subject=subject, **told, source=source, note=note, created_at=at, actor_name=actor.name,
        raw_message_id=raw_message_id,
    )  # fmt: skip


@transaction.atomic
def import_addresses(
    *, raw: bytes, rows: Iterable[tuple[int, Mapping[str, str], int]], actor: Actor, at: datetime
) -> ImportedAddresses:
    """A register's file becomes proposals: nothing in the registry changes by itself.

    ``rows``: line, COLUMNS' cells, and how many cells stand beyond the columns; what reading them raises undoes the whole.
    """
    message = store_raw(kind="registry.addresses", body=raw, at=at)
    counts = {"proposed": 0, "same": 0, "known": 0, "strangers": 0}
    refused: list[tuple[int, str]] = []
    for number, told, surplus in rows:
        if surplus:
            refused.append((number, "ha più celle delle colonne: forse manca qualche virgoletta"))
            continue
        subject = Subject.objects.filter(codice_fiscale=told["codice_fiscale"].upper()).first()
        if not told["codice_fiscale"] or subject is None:
            counts["strangers"] += 1
            continue
        try:
            address = read_address(
                street=told["via"], civic=told["civico"], cap=told["cap"], city=told["comune"],
                province=told["provincia"],
            )  # fmt: skip
        except AddressRefused as refusal:
            refused.append((number, str(refusal)))
            continue
        counts[_propose(subject, address, actor, at, message.pk)] += 1
    record_audit(
        action="registry.addresses.imported", actor=actor, at=at, subject=f"raw:{message.uuid}", refused=len(refused),
        **counts,
    )  # fmt: skip
    return ImportedAddresses(**counts, refused=tuple(refused))


@transaction.atomic
def decide_address(
    *, proposal_id: int, accept: bool, reason: str, actor: Actor, at: datetime
) -> AddressProposal:
    """Take it into the registry or not; a refusal says why. Raises ProposalRefused, CorrectionRefused."""
    proposal = lock_row(AddressProposal, proposal_id)
    check_decision(proposal, accept=accept, reason=reason)
    if accept:
        _take(proposal, actor, at)
    write_decision(proposal, accept=accept, reason=reason, actor=actor, at=at)
    return proposal


def _take(proposal: AddressProposal, actor: Actor, at: datetime) -> None:
    subject = proposal.subject
    address = PostalAddress(
        proposal.street, proposal.civic, proposal.cap, proposal.city, proposal.province, proposal.country
    )  # fmt: skip
    correct_subject_address(
        subject=subject, address=address, actor=actor, at=at, source=proposal.source
    )


def _propose(
    subject: Subject, address: PostalAddress, actor: Actor, at: datetime, raw_id: int
) -> str:
    if all(getattr(subject, name) == value for name, value in asdict(address).items()):
        return "same"
    source = AddressProposal.Source.REGISTER.value
    made = propose_address(
        subject=subject, address=address, source=source, note="", actor=actor, at=at, raw_message_id=raw_id
    )  # fmt: skip
    return "proposed" if made else "known"
