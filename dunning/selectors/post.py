"""What the post pages show: batches, letters, cards that are missing, addresses to be put right."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dunning.models import (
    AddressTask,
    Attempt,
    Letter,
    PrintBatch,
    ReceiptCard,
    UnreadOutcome,
    Wave,
    WaveItem,
)
from dunning.rules.channels import LETTER
from dunning.rules.post import Product

ON_PAPER = (Wave.Kind.REMINDER, Wave.Kind.ACT, Wave.Kind.INVITE)
_OVERTAKEN = """
SELECT count(*) FROM dunning_letter l
JOIN dunning_attempt a ON a.id = l.attempt_id AND a.state = 'CREATO'
JOIN dunning_waveitem i ON i.id = a.item_id
WHERE l.batch_id = %s AND EXISTS (
    SELECT FROM jsonb_array_elements_text(i.position_ids) AS one (id) JOIN billing_position p ON p.id = one.id::bigint
    WHERE p.state = 'ANNULLATA'
        OR EXISTS (SELECT FROM billing_collection c WHERE c.position_id = p.id AND c.created_at > a.created_at)
)
"""
CARD_AWAITED = timedelta(days=40)  # the stay of thirty days and the way back


def print_batches(*, scope: Sequence[str]) -> QuerySet[PrintBatch]:
    """Newest first, of the services one works on."""
    found = PrintBatch.objects.select_related("job", "wave__service").order_by("-created_at", "-pk")
    return found.filter(wave__service__code__in=scope) if scope else found


def letters_of(*, scope: Sequence[str]) -> QuerySet[Letter]:
    """Each with its batch, debtor and attempt."""
    found = Letter.objects.select_related("batch__wave__service", "attempt__item__subject")
    return found.filter(batch__wave__service__code__in=scope) if scope else found


def waves_to_print(*, scope: Sequence[str]) -> QuerySet[Wave]:
    """Sendings with people to be written to on paper, in no batch yet; ``to_print``: how many."""
    taken = Attempt.objects.filter(
        item=OuterRef("items"), channel=LETTER, state=Attempt.State.CREATED
    )
    wrong = AddressTask.objects.filter(item=OuterRef("items"), settled_at__isnull=True)
    waiting = Q(items__state=WaveItem.State.PAPER) & ~Exists(taken) & ~Exists(wrong)
    found = Wave.objects.filter(
        kind__in=ON_PAPER,
        state__in=[Wave.State.SENDING, Wave.State.SENT],
    ).select_related("service", "step")
    found = found.annotate(to_print=Count("items", filter=waiting)).filter(to_print__gt=0)
    return (found.filter(service__code__in=scope) if scope else found).order_by("-created_at", "-pk")  # fmt: skip


def overtaken_letters(batch: PrintBatch) -> int:
    """How many letters that have not left yet ask for what was paid, or withdrawn, after they were written."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN, [batch.pk])
        return int(cursor.fetchone()[0])


def search_letters(found: QuerySet[Letter], words: str) -> QuerySet[Letter]:
    """By the number on the barcode, the registered number or the debtor."""
    asked = words.replace("\0", "").strip()[:100]
    if not asked:
        return found
    by_name = Q(attempt__item__subject__search_text__contains=asked.lower())
    return found.filter(Q(code=asked) | Q(registered_number=asked) | by_name)


def missing_cards(*, scope: Sequence[str], on: date) -> QuerySet[Letter]:
    """Registered letters whose card should have come back by now and has not been entered."""
    cards = ReceiptCard.objects.filter(letter=OuterRef("pk"))
    sent = letters_of(scope=scope).filter(
        batch__product=Product.REGISTERED.value, batch__sent_at__date__lte=on - CARD_AWAITED
    )
    return sent.exclude(Exists(cards)).order_by("batch__sent_at", "number")


def address_tasks(*, scope: Sequence[str]) -> QuerySet[AddressTask]:
    """Each with its debtor."""
    found = AddressTask.objects.select_related("item__subject", "item__wave__service", "letter")
    return found.filter(item__wave__service__code__in=scope) if scope else found


def unread_outcomes(*, scope: Sequence[str]) -> QuerySet[UnreadOutcome]:
    """Rows nobody taught us to read; who works on some services sees those of her letters only."""
    found = UnreadOutcome.objects.select_related("letter__attempt__item__subject")
    return found.filter(letter__batch__wave__service__code__in=scope) if scope else found


def pdf_name(batch: PrintBatch, letter: Letter) -> str:
    """The same for all letters of a part, unless each has a file of its own."""
    if Product(batch.product).one_file_each:
        return f"lettera-{letter.number:06d}.pdf"
    return f"lettere-{letter.part:04d}.pdf"


def where_printed(letter: Letter) -> str:
    """Which pages of which file of the printer's archive; empty until it is printed."""
    if not letter.pages:
        return ""
    last = letter.first_page + letter.pages - 1
    pages = f"pagina {last}" if letter.pages == 1 else f"pagine {letter.first_page}–{last}"
    return f"{pdf_name(letter.batch, letter)}, {pages}"
