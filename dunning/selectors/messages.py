"""Chapter 9 – words: the message of one item, said with what is true at the moment of sending.

Before: an item just re-checked, or a sample for the approver.  After: the attempt keeps these very words.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from billing.models import Position
from billing.selectors.overdue import OverdueDebt
from billing.states import InstalmentState
from dunning.channels.email_html import html_of, with_address
from dunning.channels.protocol import NO_PARTICULARS, Attachment, Particulars
from dunning.channels.ready_texts import (
    before_due_sms,
    list_message,
    notice_email,
    notice_link_text,
    reminder_sms,
    reminder_sms_for_many,
)
from dunning.models import Wave
from dunning.rules.channels import EMAIL, IO, SMS
from dunning.rules.placeholders import NO_NOTICE, MessageFacts, render_html, render_text
from dunning.rules.sms_text import fit_sms, measure_sms
from dunning.rules.steps import BEFORE_DUE
from dunning.selectors.acts import due_before
from dunning.selectors.notice_on_io import io_notice
from dunning.selectors.own_texts import OwnText, in_parts, office_words, own_text
from dunning.selectors.platform_words import check_io, particulars_of
from tenants.models import Ente


@dataclass(frozen=True, slots=True)
class Composed:
    """What the person will read. ``subject`` and ``html`` are for e-mail."""

    text: str
    subject: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = field(default=())
    particulars: Particulars = NO_PARTICULARS

    @property
    def text_sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def attachment_sha256(self) -> str:
        return hashlib.sha256(self.attachments[0].content).hexdigest() if self.attachments else ""

    def parts_on(self, channel: str) -> int:
        """How many units of that channel's price it takes."""
        return measure_sms(self.text).parts if channel == SMS else 1


def compose_notice(
    *, wave: Wave, position: Position, ente: Ente, link: str, with_pdf: bool = True, pdf_url: str = "",
    back_url: str = "", channel: str = EMAIL,
) -> Composed:  # fmt: skip
    """The avviso by e-mail, or on App IO with its payment; ``position`` with subject, service and instalments at hand.

    ``pdf_url``: where the PDF is, instead of inside; ``back_url``: where one press goes back to paper.
    Raises DocumentRefused, PlaceholderRefused or IoUnfit when it cannot be said.
    """
    facts = _notice_facts(position, ente, link)
    if channel == IO:
        subject, words, about = io_notice(
            texts=wave.texts, position=position, facts=facts, ente=ente, pdf_url=pdf_url, back_url=back_url,
        )  # fmt: skip
        return Composed(words, subject, particulars=about)
    by_link = bool(wave.link_days)
    pdf = _notice_pdf(position, ente, facts.avviso) if with_pdf and not by_link else ()
    said = _notice_said(wave, facts, pdf, by_link=by_link)
    for words, url in ((_HERE, pdf_url), (_BACK, back_url)):
        if url:
            text, html = with_address(said.text, said.html, words=words, url=url)
            said = replace(said, text=text, html=html)
    return said


_HERE = "L'avviso in PDF si scarica da questa pagina:"
_BACK = "Riceve questo avviso per e-mail al posto della carta. Per tornare agli avvisi su carta:"


def _notice_said(
    wave: Wave, facts: MessageFacts, pdf: tuple[Attachment, ...], *, by_link: bool
) -> Composed:
    if own := own_text(wave.texts, EMAIL):
        subject, text = own.fill(facts)
        return Composed(text, subject, html_of(text, title=subject), pdf)
    texts = notice_email(wave.template)
    if by_link:
        text = render_text(notice_link_text(), facts)
        subject = render_text(texts.subject, facts)
        return Composed(text, subject, html_of(text, title=subject))
    return Composed(
        subject=render_text(texts.subject, facts),
        text=render_text(texts.text, facts),
        html=render_html(texts.html, facts),
        attachments=pdf,
    )


def compose_reminder(
    *, wave: Wave, channel: str, name: str, debts: Sequence[OverdueDebt], ente: Ente, link: str
) -> Composed:
    """One reminder for all the debts. Raises PlaceholderRefused, SmsTooLong."""
    notices = [number for debt in debts for number in debt.notices]
    facts = MessageFacts(
        nome=name,
        importo_cents=sum(debt.overdue_cents for debt in debts),
        scadenza=min((debt.due_on for debt in debts), default=date.max),
        avviso=notices[0] if len(notices) == 1 else NO_NOTICE,
        ente=ente.name,
        link=link,
    )
    if channel in wave.texts:
        facts = in_parts(facts, [debt.position_id for debt in debts])
    said = reminder_words(wave=wave, channel=channel, facts=facts, ente=ente)
    return replace(said, particulars=particulars_of(debts, ente)) if channel == IO else said


def act_debt(position: Position) -> OverdueDebt:
    """A credit opened again by an act, with the day by which it is to be paid now."""
    payable = position.instalments.filter(state=InstalmentState.PAYABLE).order_by("number")
    notices = tuple(payable.values_list("notice_number", flat=True))
    return OverdueDebt(
        position.pk, position.subject_id, position.residual_cents, position.next_due_on, notices
    )


def compose_act(*, wave: Wave, channel: str, position: Position, ente: Ente, link: str) -> Composed:
    """The act itself: it speaks of the day on which the credit fell due first. Raises PlaceholderRefused."""
    debt = replace(act_debt(position), due_on=due_before(position))
    return compose_reminder(
        wave=wave, channel=channel, name=position.subject.name, debts=[debt], ente=ente, link=link
    )


def reminder_words(*, wave: Wave, channel: str, facts: MessageFacts, ente: Ente) -> Composed:
    """The same from bare facts (``avviso`` NO_NOTICE: several notices); an SMS is brought into GSM-7 and never cut."""
    if own := own_text(wave.texts, channel):
        return composed_of(own, channel, _completed(facts, wave, ente))
    template = wave.template
    many = facts.avviso == NO_NOTICE
    if wave.step is not None and wave.step.number == BEFORE_DUE:
        return _on(channel, render_text(before_due_sms(many=many), facts), facts)
    text = render_text((reminder_sms_for_many if many else reminder_sms)(template), facts)
    return _on(channel, text, facts)


def compose_listed(
    *, channel: str, cents: int, told: Mapping[str, str], ente: Ente, link: str
) -> Composed:
    """The message of a list's row: ``told`` may say ``name``, ``due_on`` (ISO) and ``account``."""
    facts = MessageFacts(
        nome=told.get("name", ""),
        importo_cents=cents,
        scadenza=date.fromisoformat(told["due_on"]) if told.get("due_on") else date.max,
        avviso=NO_NOTICE,
        ente=ente.name,
        link=link,
        conto=told.get("account", ""),
    )
    return _on(channel, render_text(list_message(), facts), facts)


def _completed(facts: MessageFacts, wave: Wave, ente: Ente) -> MessageFacts:
    """With what the Ente's own texts may also say; a debt whose parts are not told is all capital."""
    parts = facts.capitale_cents or facts.interessi_cents or facts.spese_cents
    return replace(
        facts,
        capitale_cents=facts.capitale_cents if parts else facts.importo_cents,
        ufficio=office_words(wave.service, ente),
        iban=wave.service.iban or ente.iban,
        riscossore=ente.name,
    )


def composed_of(own: OwnText, channel: str, facts: MessageFacts) -> Composed:
    """The Ente's own words as a message of that channel. Raises PlaceholderRefused, SmsTooLong."""
    if channel == SMS:
        return Composed(text=fit_sms(own.fill(facts)[1]))
    subject, text = own.fill(facts)
    if channel == IO:
        return _for_io(subject, text)
    return Composed(text=text, subject=subject, html=html_of(text, title=subject))


def _on(channel: str, text: str, facts: MessageFacts) -> Composed:
    if channel == SMS:
        return Composed(text=fit_sms(text))
    subject = render_text("{ente}: promemoria di pagamento", facts)
    if channel == IO:
        return _for_io(subject, text)
    return Composed(text=text, subject=subject, html=html_of(text, title=subject))


def _for_io(subject: str, text: str) -> Composed:
    check_io(subject, text)
    return Composed(text=text, subject=subject)


def _notice_facts(position: Position, ente: Ente, link: str) -> MessageFacts:
    payable = sorted(
        (i for i in position.instalments.all() if i.state == InstalmentState.PAYABLE),
        key=lambda i: i.number,
    )
    return MessageFacts(
        nome=position.subject.name,
        importo_cents=position.residual_cents,
        scadenza=min((i.due_on for i in payable), default=date.max),
        avviso=payable[0].notice_number if payable else "",
        ente=ente.name,
        link=link,
        ufficio=office_words(position.service, ente),
        iban=position.service.iban or ente.iban,
    )


def _notice_pdf(position: Position, ente: Ente, notice_number: str) -> tuple[Attachment, ...]:
    from billing.services.notices import render_notice_pdf  # brings in the printing press

    content = render_notice_pdf(position, ente)
    return (Attachment(f"avviso-{notice_number}.pdf", content, "application/pdf"),)
