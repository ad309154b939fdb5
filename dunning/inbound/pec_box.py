"""The certified mailbox of the Ente at work, as this installation is configured; unset means the local provider.

Before: the environment.  After: ``tasks`` (sending) and ``pec_rounds`` (reading).
"""

from pathlib import Path
from typing import Any

from django.conf import settings

from dunning.channels.pec import PecChannel
from dunning.channels.pec_account import PecAccount
from dunning.channels.pec_signature import read_bundle
from dunning.channels.protocol import Channel, Message, Rejected, SendOutcome
from dunning.services.pec_register import PecRegister
from paybox.kernel.clock import now
from paybox.kernel.queue import current_schema

LOCAL_DOMAIN = "pec.paybox.example"


class NoPecBox:
    """The channel of an Ente without a mailbox: nothing leaves, and the wave stops saying why."""

    name = "PEC"

    def send(self, message: Message) -> SendOutcome:
        words = (
            "L'Ente non ha una casella PEC configurata: chiedere a chi gestisce l'installazione."
        )
        return Rejected("AUTENTICAZIONE", words, False)


def account_of(schema: str) -> PecAccount | None:
    """The mailbox of an Ente; None when it has none."""
    environment = settings.ENVIRONMENT
    given = environment.pec_accounts.get(schema)
    if given is None and environment.is_production:
        return None
    address = given.address if given else f"{schema}@{LOCAL_DOMAIN}"
    return PecAccount(
        address=address.lower(),
        user=(given.user if given else "") or address,
        password=(given.password if given else environment.pec_password).get_secret_value(),
        smtp_url=(given.smtp_url if given else "") or environment.pec_smtp_url,
        imap_url=(given.imap_url if given else "") or environment.pec_imap_url,
    )


def pec_channel() -> Channel:
    """The channel of the Ente at work."""
    account = account_of(current_schema())
    if account is None:
        return NoPecBox()
    return PecChannel(account=account, register=PecRegister(account.address, now), clock=now)


def trusted_certifiers() -> tuple[Any, ...]:
    """The certifiers this installation believes; none when it has no list."""
    environment = settings.ENVIRONMENT
    local = environment.var_dir / "pec" / "ca.pem"
    path: Path = environment.pec_ca_bundle or local
    return read_bundle(path) if path.is_file() else ()
