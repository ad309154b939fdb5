"""Chapter 9 – the memo to the body: a term has passed, this is what was not paid, this is where the list is.

Before: the day after a due date.  After: the officials read the page and decide the reminders.
One memo for each service and term, one e-mail for each official: an e-mail that may have left is never sent again.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime

from django.db import transaction

from billing.models import MemoMail, Service, TermMemo
from billing.selectors.terms import term_figures, terms_without_memo
from dunning.channels.protocol import Accepted, Channel, Message, Rejected
from dunning.rules.memo_words import MemoFacts, memo_subject, memo_text
from dunning.services.way import SendingWay
from paybox.kernel.locking import lock_name
from paybox.kernel.queue import RetryLater, enqueue
from tenants.selectors.enti import Official

WORK = "dunning.send_memo"


def write_memos(*, officials: Collection[Official], at: datetime, today: date) -> list[TermMemo]:
    """In the current Ente: a memo for every term that passed lately and has none. Asked again it finds nothing to do."""
    made = [
        _write(service_id, due_on, officials, at, today)
        for service_id, due_on in terms_without_memo(on=today)
    ]
    return [memo for memo in made if memo is not None]


@transaction.atomic
def _write(
    service_id: int, due_on: date, officials: Collection[Official], at: datetime, today: date
) -> TermMemo | None:
    lock_name(f"memo/{service_id}/{due_on}")
    if TermMemo.objects.filter(service_id=service_id, due_on=due_on).exists():
        return None
    service = Service.objects.get(pk=service_id)
    figures = term_figures(service_id=service_id, due_on=due_on, on=today)
    memo = TermMemo.objects.create(
        service=service, due_on=due_on, made_on=today, made_at=at, positions=figures.positions,
        unpaid=figures.unpaid, unpaid_cents=figures.unpaid_cents,
    )  # fmt: skip
    for official in officials:
        if figures.unpaid and official.sees(service.code):
            mail = MemoMail.objects.create(memo=memo, name=official.name, address=official.email)
            enqueue(WORK, mail_id=mail.pk)
    return memo


def send_memo(
    *,
    mail_id: int,
    channel: Channel,
    way: SendingWay,
    link: Callable[[TermMemo], str],
    at: datetime,
) -> None:
    """Send it once. Found begun and not ended it is left as uncertain. Raises RetryLater when it surely did not leave."""
    if not MemoMail.objects.filter(pk=mail_id, begun_at__isnull=True).update(begun_at=at):
        return
    mail = MemoMail.objects.select_related("memo__service").get(pk=mail_id)
    facts = memo_facts(mail.memo, ente=way.ente.name, link=link(mail.memo))
    outcome = channel.send(
        Message(
            attempt_id=mail.uuid, to=mail.address, subject=memo_subject(facts), text=memo_text(facts),
            html="", attachments=(), sender=way.sender, callback_url="",
        )
    )  # fmt: skip
    mine = MemoMail.objects.filter(pk=mail_id)
    if isinstance(outcome, Accepted):
        mine.update(sent_at=at)
    elif isinstance(outcome, Rejected) and outcome.permanent:
        mine.update(refused=outcome.words)
    elif isinstance(outcome, Rejected):
        mine.update(begun_at=None)
        raise RetryLater(outcome.words)


def memo_facts(memo: TermMemo, *, ente: str, link: str) -> MemoFacts:
    """As they were when the memo was written."""
    earlier = TermMemo.objects.filter(service=memo.service, due_on__lt=memo.due_on)
    before = earlier.order_by("-due_on").first()
    return MemoFacts(
        ente, memo.service.name, memo.due_on, memo.made_on, memo.positions, memo.unpaid,
        memo.unpaid_cents, 100 * before.unpaid / before.positions if before else None, link,
    )  # fmt: skip
