"""What the page says of an order it gave: that it is done, or why it was refused."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages

from frontline.access import StaffRequest
from paybox.kernel.problems import Refused


@contextmanager
def told(request: StaffRequest, done: str = "") -> Iterator[None]:
    """Tell the refusal of what is ordered inside, and go on; else ``done``, when there is anything to say."""
    try:
        yield
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        if done:
            messages.success(request, done)


def tell_refusal(request: StaffRequest, refusal: Refused) -> None:
    """As a sentence, on the next page."""
    messages.error(request, f"{str(refusal).rstrip('.')}.")
