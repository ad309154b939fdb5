"""A version as it will be read: filled with invented data, or with a real debtor's, on its own form.

Before: a version, authorised or not.  After: the office reads it; nothing is written or sent.
"""

from datetime import date, timedelta

from billing.documents.data import DebtLine, DebtorData, LetterData, RenderedPdf
from billing.models import Instalment
from billing.services.notices import creditor_data, debtor_data, place_of
from dunning.models import TextVersion
from dunning.rules.placeholders import MessageFacts, PlaceholderRefused
from dunning.rules.template_checks import Act, Form
from dunning.selectors.messages import Composed, composed_of
from dunning.selectors.own_texts import OwnText, in_parts, office_words, own_text, two_languages
from tenants.models import Ente

NOTICE = "3" + "01" + "0" * 12 + "123"  # nobody's
NAME, ADDRESS = "Rossi Maria", ("Via delle Prove 1", "00010 Borgo di Prova (RM)")


def preview_facts(
    version: TextVersion, ente: Ente, *, on: date, instalment: Instalment | None = None
) -> MessageFacts:
    """Of the debtor of that instalment, or of nobody real. ``instalment`` with its position and subject at hand."""
    service = version.service
    position = instalment.position if instalment else None
    facts = MessageFacts(
        nome=position.subject.name if position else NAME,
        importo_cents=instalment.amount_cents if instalment else 12_345,
        scadenza=instalment.due_on if instalment else on - timedelta(days=30),
        avviso=instalment.notice_number if instalment else NOTICE,
        ente=ente.name,
        link=f"https://{ente.website.removeprefix('https://').strip('/') or 'pagamenti.example'}/",
        ufficio=office_words(service, ente),
        iban=service.iban or ente.iban,
        riscossore=ente.name,
        capitale_cents=0 if position else 12_000,
        interessi_cents=0 if position else 45,
        spese_cents=0 if position else 300,
        anni=f"{on.year - 3}, {on.year - 2}",
    )
    return in_parts(facts, [position.pk]) if position else facts


def preview(version: TextVersion, facts: MessageFacts) -> Composed:
    """As a message: text, and HTML where the form has it. Raises PlaceholderRefused, SmsTooLong."""
    return composed_of(_words(version), version.form, facts)


def preview_pdf(
    version: TextVersion, facts: MessageFacts, ente: Ente, *, on: date, instalment: Instalment | None = None
) -> RenderedPdf:  # fmt: skip
    """As a letter. Raises PlaceholderRefused, DocumentRefused."""
    from billing.documents.letters import render_letter

    if version.form not in (Form.LETTER, Form.PEC):
        raise PlaceholderRefused("Solo una lettera o una PEC si leggono come PDF")
    subject, body = _words(version).fill(facts)
    said, language, second = two_languages(body.split("\n\n"))
    service = version.service
    debtor = debtor_data(instalment.position.subject) if instalment else DebtorData(NAME, "X" * 16, ADDRESS)  # fmt: skip
    return render_letter(
        LetterData(
            creditor=creditor_data(ente, service),
            debtor=debtor,
            place=place_of(ente),
            written_on=on,
            protocol="",
            subject=subject,
            paragraphs=tuple(said),
            debts=_debts(version, facts),
            closing=() if version.act == Act.ASSESSMENT else ("Distinti saluti.",),
            signed_by=(service.sector or ente.name,),
            pay_codes=True,
            second_language=language,
            second=tuple(second),
        )
    )


def _debts(version: TextVersion, facts: MessageFacts) -> tuple[DebtLine, ...]:
    parts = (("Capitale", facts.capitale_cents), ("Interessi", facts.interessi_cents), ("Spese", facts.spese_cents))  # fmt: skip
    return tuple(
        DebtLine(f"{version.service.name}: {what.lower()}", facts.avviso, facts.scadenza, cents)
        for what, cents in parts
        if cents
    )


def _words(version: TextVersion) -> OwnText:
    words = own_text({version.form: version.pk}, version.form)
    assert words is not None  # noqa: S101 - it was just given
    return words
