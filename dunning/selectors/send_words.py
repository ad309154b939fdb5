"""Chapter 9 – an act for SEND: set in type like a letter, with the notices it asks to pay and the person it is served on.

Before: an item just re-checked.  After: ``channels/send`` uploads these very files.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from billing.models import Position
from billing.selectors.overdue import OverdueDebt
from dunning.channels.protocol import Attachment, NoticeToPay, Particulars, Recipient
from dunning.models import WaveItem
from dunning.rules.channels import SEND
from dunning.rules.post import Product
from dunning.selectors.acts import bears_costs
from dunning.selectors.messages import Composed
from dunning.selectors.platform_words import particulars_of
from dunning.selectors.post_words import body_of, frozen_words, letter_data
from paybox.kernel.schema import schema_in_force
from registry.models import Contact, Subject
from registry.selectors.contacts import best_contacts
from tenants.models import Ente

MOST_NOTICES = 14  # SEND takes 15 documents, and the act is one
PDF = "application/pdf"


def act_file(attempt_id: UUID) -> str:
    """Where the very bytes of an act are kept."""
    return f"{schema_in_force()}/send/atti/{attempt_id}.pdf"


def served_by(
    item: WaveItem, debts: Sequence[OverdueDebt], words: Callable[[], Composed], *, ente: Ente, on: date
) -> Callable[[], Composed]:  # fmt: skip
    """The words alone, or for SEND the act that says them, set in type."""
    if item.channel != SEND:
        return words
    return partial(compose_served, item=item, debts=debts, words=words, ente=ente, written_on=on)


def compose_served(
    *, item: WaveItem, debts: Sequence[OverdueDebt], words: Callable[[], Composed], ente: Ente, written_on: date
) -> Composed:  # fmt: skip
    """The act and its notices as PDF. Raises PlaceholderRefused, DocumentRefused."""
    from billing.documents.letters import render_letter  # brings in the printing press

    subject = item.subject
    assert subject is not None  # noqa: S101 - only a list has items without a debtor
    said = frozen_words(item=item, debts=debts, compose=words, written_on=written_on)
    letter = letter_data(
        words=said, lines=(subject.name, *subject.address_lines), code="", product=Product.ORDINARY, ente=ente,
        service=item.wave.service,
    )  # fmt: skip
    act = Attachment("atto.pdf", render_letter(letter).pdf, PDF)
    notices, files = _with_files(debts, ente)
    about = Particulars(
        notices=tuple(notices), recipient=_recipient(subject), sender_name=ente.name, sender_code=ente.codice_fiscale,
        costs_included=bears_costs([debt.position_id for debt in debts]),
    )  # fmt: skip
    return Composed(body_of(said), said["subject"], attachments=(act, *files), particulars=about)


def _with_files(
    debts: Sequence[OverdueDebt], ente: Ente
) -> tuple[list[NoticeToPay], list[Attachment]]:
    """Every notice, and for the first ones its PDF: one for each position."""
    from billing.services.notices import render_notice_pdf

    whole = Position.objects.select_related("subject", "service").prefetch_related("instalments")
    positions = whole.in_bulk([debt.position_id for debt in debts[:MOST_NOTICES]])
    notices: list[NoticeToPay] = []
    files: list[Attachment] = []
    for debt in debts:
        position = positions.get(debt.position_id)
        if position is not None:
            content = render_notice_pdf(position, ente)
            files.append(Attachment(f"avviso-{debt.notices[0]}.pdf", content, PDF))
        place = len(files) if position is not None else None
        notices += [replace(one, attachment=place) for one in particulars_of([debt], ente).notices]
    return notices, files


def _recipient(subject: Subject) -> Recipient:
    street = " ".join(filter(None, (subject.street, subject.civic)))
    pec = best_contacts(kind=Contact.Kind.PEC, subject_ids=[subject.pk])
    return Recipient(
        name=subject.name, is_body=subject.kind == Subject.Kind.BODY, street=street, cap=subject.cap, city=subject.city,
        province=subject.province, country=subject.country, pec=pec.get(subject.pk, ""),
    )  # fmt: skip
