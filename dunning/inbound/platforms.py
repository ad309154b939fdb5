"""The State's platforms as the Ente at work is let in: the installation knows where they are, the Ente has its key.

Before: the environment and ``ChannelAccess``.  After: ``tasks`` (sending) and ``platform_rounds`` (news).
"""

from django.conf import settings

from dunning.channels.app_io import IoChannel
from dunning.channels.protocol import Channel, Message, Rejected, SendOutcome
from dunning.channels.send import SendChannel
from dunning.channels.send_desk import SendDesk
from dunning.models import ChannelAccess
from dunning.rules.channels import IO, SEND, label_of
from dunning.rules.send_settings import settings_of
from dunning.selectors.channel_access import access_of
from dunning.services.keeping import keep_order
from paybox.kernel.sealing import SealBroken, unseal


class NotLetIn:
    """The channel of an Ente without a key: nothing leaves, and the wave stops saying why."""

    def __init__(self, name: str, words: str = "") -> None:
        self.name = name
        self._words = (
            words or f"{label_of(name)} non è attivo: l'Ente non ha scritto la sua chiave."
        )

    def send(self, message: Message) -> SendOutcome:
        return Rejected("AUTENTICAZIONE", self._words, False)


def address_of(name: str) -> str:
    """Where the platform is for this installation; empty when it is not there at all."""
    environment = settings.ENVIRONMENT
    return str({IO: environment.io_url, SEND: environment.send_url}.get(name, ""))


def platform_channel(name: str, *, service_id: int | None) -> Channel:
    """The channel with the key of that service, or of the whole Ente."""
    found = io_channel(service_id=service_id) if name == IO else send_channel()
    return NotLetIn(name, found) if isinstance(found, str) else found


def io_channel(*, service_id: int | None) -> IoChannel | str:
    """App IO, or why it cannot be used."""
    key = _key(IO, service_id)
    if key is None:
        return ""
    try:
        return IoChannel(api_base=address_of(IO), key=unseal(key))
    except SealBroken as broken:
        return str(broken)


def send_channel() -> SendChannel | str:
    """SEND, or why it cannot be used."""
    access = access_of(SEND, service_id=None)
    if access is None or not address_of(SEND):
        return ""
    try:
        key = unseal(access.key_sealed)
    except SealBroken as broken:
        return str(broken)
    settings_of_ente = settings_of(access.settings)
    return SendChannel(
        api_base=address_of(SEND), key=key, settings=settings_of_ente, keep=keep_order
    )


def send_desk() -> tuple[SendDesk, str] | None:
    """Where to ask of the acts sent, and the group they are in; None when SEND is not there or its key cannot be read.

    Also when it was turned off: what already left is followed to its end.
    """
    access = ChannelAccess.objects.filter(channel=SEND).first()
    if access is None or not address_of(SEND):
        return None
    try:
        key = unseal(access.key_sealed)
    except SealBroken:
        return None
    cancel = settings.ENVIRONMENT.send_cancel
    desk = SendDesk(api_base=address_of(SEND), key=key, cancel=cancel)
    return desk, settings_of(access.settings).group


def _key(name: str, service_id: int | None) -> str | None:
    """As it is stored; None when the platform is off or is not there."""
    access = access_of(name, service_id=service_id)
    return access.key_sealed if access is not None and address_of(name) else None
