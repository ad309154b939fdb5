"""The words of an invitation to notices without paper: a letter frozen to be printed, or an e-mail that may be refused.

Before: a person who may be invited, with her code.  After: ``Letter.words``, or the message that leaves.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from billing.documents.data import DebtorData, InvitationData
from billing.models import Service
from billing.services.invitations import form_url, invitation_data
from dunning.channels.email_html import html_of, with_address
from dunning.rules.channels import EMAIL
from dunning.rules.consent_words import invite_by_email, invite_by_post
from dunning.selectors.messages import Composed
from dunning.selectors.own_texts import office_words
from registry.models import Subject
from registry.rules.consent import CURRENT_TEXT, shown_code
from tenants.models import Ente

SAMPLE_CODE = "X" * 10  # a simulation makes no codes


def compose_invitation(
    *, channel: str, service: Service, ente: Ente, link: str, code: str = SAMPLE_CODE
) -> Composed:
    """What she reads; ``link`` is the Ente's public site."""
    site, shown = urlsplit(link).netloc, shown_code(code)
    if channel != EMAIL:
        said = invite_by_post(ente=ente.name, site=site, code=shown)
        return Composed(said.text, said.subject)
    said = invite_by_email(
        ente=ente.name, site=site, code=shown, office=office_words(service, ente)
    )
    text, html = with_address(
        said.text, html_of(said.text, title=said.subject), words="La pagina da aprire:", url=form_url(link, code)
    )  # fmt: skip
    return Composed(text, said.subject, html)


def invitation_words(
    *, said: Composed, code: str, person: Subject, link: str, written_on: date
) -> dict[str, Any]:
    """As ``Letter.words`` keeps them."""
    return {
        "written_on": written_on.isoformat(),
        "subject": said.subject,
        "paragraphs": said.text.split("\n\n"),
        "codice_fiscale": person.codice_fiscale,
        "debts": [],
        "invitation": {"name": person.name, "code": code, "link": link, "version": CURRENT_TEXT},
    }


def printed_invitation(
    *, words: Mapping[str, Any], lines: Sequence[str], ente: Ente
) -> InvitationData:
    """The letter ready for the press. Raises DocumentRefused."""
    said = words["invitation"]
    return invitation_data(
        person=DebtorData(said["name"], words["codice_fiscale"]), window=tuple(lines), code=said["code"], ente=ente,
        portal_url=said["link"], version=said["version"],
    )  # fmt: skip
