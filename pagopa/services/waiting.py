"""Chapter 6 – who waits for a lock: told apart from every other trouble, since waiting longer would do."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled

from paybox.kernel.problems import Refused

_SOMEBODY_HOLDS_IT = (LockNotAvailable, QueryCanceled, DeadlockDetected)


class BookingWaits(Refused):
    """Somebody holds what must be written: nothing was, and it can be tried again."""


@contextmanager
def waits_told() -> Iterator[None]:
    """Raises BookingWaits for what the server says of locks and of time that is over."""
    try:
        yield
    except (OperationalError, *_SOMEBODY_HOLDS_IT) as error:
        if not isinstance(error.__cause__ or error, _SOMEBODY_HOLDS_IT):
            raise
        raise BookingWaits("La posizione è occupata da un'altra operazione") from error


def wait_at_most(milliseconds: int) -> None:
    """For somebody's lock, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(milliseconds)])
