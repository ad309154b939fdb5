"""Chapter 2 – what a citizen says has changed: her address, e-mail, telephone wait for an official; nothing changes by itself.

Before: the page of a notice.  After: the queue of proposals; a contact that is taken becomes the first of its kind.
"""

from datetime import datetime

from django.db import transaction

from paybox.kernel.actor import CITIZEN, Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from registry.models import AddressProposal, Contact, ContactProposal, Subject
from registry.models.proposal import Proposal
from registry.rules.addresses import PostalAddress
from registry.selectors.consents import withdrawn_kinds
from registry.services.address_proposals import propose_address
from registry.services.contacts import renew_contact
from registry.services.proposal_decisions import ProposalRefused, check_decision, write_decision

MOST_OPEN = 4  # of one person, waiting for an official


@transaction.atomic
def report_changes(
    *, subject_id: int, address: PostalAddress | None, contacts: dict[str, str], note: str, at: datetime
) -> int:  # fmt: skip
    """What she told, as proposals: ``contacts`` is kind → value as read by the rules. Returns how many are new.

    Raises ProposalRefused when too many of hers wait already.
    """
    subject = lock_row(Subject, subject_id)
    if _open_of(subject) >= MOST_OPEN:
        raise ProposalRefused(
            "Ci sono già altre segnalazioni da controllare: attendere la risposta dell'ufficio"
        )
    source, made = Proposal.Source.PORTAL.value, 0
    if address is not None:
        made += bool(
            propose_address(subject=subject, address=address, source=source, note=note, actor=CITIZEN, at=at)
        )  # fmt: skip
    for kind, value in contacts.items():
        made += bool(_propose_contact(subject, kind, value, source, note, at))
    return made


@transaction.atomic
def decide_contact(
    *, proposal_id: int, accept: bool, reason: str, actor: Actor, at: datetime
) -> ContactProposal:
    """Take it into the registry or not; a refusal says why. Raises ProposalRefused."""
    proposal = lock_row(ContactProposal, proposal_id)
    check_decision(proposal, accept=accept, reason=reason)
    if accept:
        _take(proposal, actor, at)
    write_decision(proposal, accept=accept, reason=reason, actor=actor, at=at)
    return proposal


def _open_of(subject: Subject) -> int:
    waiting = {"subject": subject, "source": Proposal.Source.PORTAL, "decided_at": None}
    return sum(
        model.objects.filter(**waiting).count() for model in (AddressProposal, ContactProposal)
    )


def _propose_contact(
    subject: Subject, kind: str, value: str, source: str, note: str, at: datetime
) -> ContactProposal | None:
    """None when it works already, or waits, or the same source was told no."""
    working = Contact.objects.filter(subject=subject, kind=kind, value=value)
    if working.exclude(quality=Contact.Quality.FAILING).exists():
        return None
    before = ContactProposal.objects.filter(subject=subject, kind=kind, value=value)
    refused = before.filter(source=source, decision=Proposal.Decision.REFUSED)
    if before.filter(decided_at=None).exists() or refused.exists():
        return None
    return ContactProposal.objects.create(
        subject=subject, kind=kind, value=value, source=source, note=note, created_at=at, actor_name=CITIZEN.name
    )  # fmt: skip


def _take(proposal: ContactProposal, actor: Actor, at: datetime) -> None:
    if withdrawn_kinds([proposal.subject_id]) & {(proposal.subject_id, proposal.kind)}:
        raise ProposalRefused(
            "La persona è tornata agli avvisi su carta: questo recapito serve solo con un nuovo consenso"
        )
    renew_contact(
        subject_id=proposal.subject_id, kind=proposal.kind, value=proposal.value,
        source=Proposal.Source(proposal.source).label, at=at,
    )  # fmt: skip
    record_audit(
        action="registry.contact.taken", actor=actor, at=at, subject=f"subject:{proposal.subject.uuid}",
        kind=proposal.kind, source=proposal.source,
    )  # fmt: skip
