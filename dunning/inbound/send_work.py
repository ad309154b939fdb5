"""The door of what SEND is asked outside its rounds: to cancel a notification."""

from dunning.inbound.platforms import send_desk
from dunning.services.send_cancelled import cancel_at_send
from paybox.kernel.clock import now
from paybox.kernel.queue import RetryLater


def cancel_one(*, cancellation_id: int) -> None:
    """Raises RetryLater while SEND is not there, or the Ente's key cannot be read."""
    known = send_desk()
    if known is None:
        raise RetryLater("SEND non è raggiungibile con la chiave dell'Ente")
    cancel_at_send(cancellation_id=cancellation_id, desk=known[0], at=now())
