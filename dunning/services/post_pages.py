"""Chapter 10 – the letters of a part set in type: each kind of sending has its own page.

Before: letters frozen.  After: ``post_printing`` stores what comes out.
"""

from collections.abc import Sequence

from billing.documents.data import BoundPdf
from dunning.models import Letter, PrintBatch, Wave
from dunning.rules.post import Product
from dunning.selectors.invitation_words import printed_invitation
from dunning.selectors.post_words import letter_data
from tenants.models import Ente


def bind_pages(letters: Sequence[Letter], *, batch: PrintBatch, ente: Ente) -> BoundPdf:
    """One PDF/A, in their order. Raises DocumentRefused."""
    if batch.wave.kind == Wave.Kind.INVITE:
        return _invitations(letters, ente)
    from billing.documents.letters import bind_letters

    product, service = Product(batch.product), batch.wave.service
    return bind_letters(
        [
            letter_data(words=one.words, lines=one.lines, code=one.code, product=product, ente=ente, service=service)
            for one in letters
        ]
    )  # fmt: skip


def _invitations(letters: Sequence[Letter], ente: Ente) -> BoundPdf:
    from billing.documents.invitations import bind_invitations

    return bind_invitations(
        [printed_invitation(words=one.words, lines=one.lines, ente=ente) for one in letters]
    )
