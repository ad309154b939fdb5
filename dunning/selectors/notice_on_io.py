"""Chapter 9 – the notice on App IO: the words, and beside them the payment that the app offers.

Before: ``messages``.  After: the channel of App IO. Its payment is the first way that is still open: the rata unica, or the
next rata of who has begun to pay by rate.
"""

from collections.abc import Mapping

from billing.models import Instalment, Position
from billing.states import InstalmentState
from dunning.channels.protocol import NoticeToPay, Particulars
from dunning.channels.ready_texts import notice_io_text
from dunning.rules.channels import IO
from dunning.rules.placeholders import MessageFacts, render_text
from dunning.selectors.own_texts import own_text
from dunning.selectors.platform_words import check_io
from tenants.models import Ente

_SUBJECT = "{ente}: avviso di pagamento"
_HERE = "L'avviso in PDF si scarica da questa pagina:"
_BACK = "Riceve questo avviso in formato digitale al posto della carta. Per tornare agli avvisi su carta:"


def io_notice(
    *, texts: Mapping[str, int], position: Position, facts: MessageFacts, ente: Ente, pdf_url: str, back_url: str
) -> tuple[str, str, Particulars]:  # fmt: skip
    """Subject, words and payment; ``position`` with instalments at hand. Raises PlaceholderRefused, IoUnfit."""
    if own := own_text(texts, IO):
        subject, words = own.fill(facts)
    else:
        subject, words = render_text(_SUBJECT, facts), render_text(notice_io_text(), facts)
    for said, url in ((_HERE, pdf_url), (_BACK, back_url)):
        if url:
            words = f"{words.rstrip()}\n\n{said}\n{url}\n"
    check_io(subject, words)
    return subject, words, _payment(position, ente)


def _payment(position: Position, ente: Ente) -> Particulars:
    open_ways = [i for i in position.instalments.all() if i.state == InstalmentState.PAYABLE]
    if not open_ways:
        return Particulars()
    first: Instalment = min(open_ways, key=lambda way: way.number)
    cents = min(first.amount_cents, position.residual_cents)
    notice = NoticeToPay(first.notice_number, cents, ente.codice_fiscale)
    return Particulars(notices=(notice,), due_on=first.due_on)
