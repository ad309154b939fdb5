"""The channels as this installation is configured: which provider, with which credentials; unset means the local stand-ins.

Before: the environment.  After: whoever sends, or asks what was sent.
"""

from datetime import timedelta

from django.conf import settings

from dunning.channels.protocol import Channel
from dunning.inbound.pec_box import pec_channel
from dunning.inbound.platforms import platform_channel
from dunning.inbound.ways import hours_of
from dunning.rules.channels import BY_TAX_CODE, PEC, SMS
from paybox.kernel.clock import now
from paybox.kernel.queue import current_schema
from tenants.selectors.enti import ente_at_work

LONGEST_TRY = timedelta(hours=4)


def channel_for(name: str, *, service_id: int | None = None) -> Channel:
    """The channel of the Ente at work; ``service_id`` where a service may have a key of its own."""
    if name == SMS:
        return _sms()
    if name == PEC:
        return pec_channel()
    if name in BY_TAX_CODE:
        return platform_channel(name, service_id=service_id)
    return _email()


def _sms() -> Channel:
    from dunning.channels.sms import SmsChannel

    environment = settings.ENVIRONMENT
    return SmsChannel(
        account_sid=environment.twilio_account_sid,
        auth_token=environment.twilio_auth_token.get_secret_value(),
        api_base=environment.twilio_url,
        validity_seconds=_trying_seconds(),
    )


def _trying_seconds() -> int:
    """Twilio counts them from 1 on."""
    hours = hours_of(ente_at_work())
    left = hours.left(now(), most=LONGEST_TRY) if hours else LONGEST_TRY
    return max(1, int(left.total_seconds()))


def _email() -> Channel:
    """The provider with webhooks when there is one, else SMTP; whatever Django is told to use, when it is not SMTP."""
    from dunning.channels.email import EmailChannel

    environment, about = settings.ENVIRONMENT, {"ente": current_schema()}
    if environment.mailgun_domain:
        from dunning.channels.mailgun import MailgunChannel

        return MailgunChannel(
            api_url=environment.mailgun_url,
            api_key=environment.mailgun_api_key.get_secret_value(),
            domain=environment.mailgun_domain,
            about=about,
        )
    if not environment.email_backend.endswith("smtp.EmailBackend"):
        return EmailChannel(backend=environment.email_backend, options={"timeout": 20})
    return EmailChannel(
        options=_smtp_options(), about=about, return_path=environment.email_return_path
    )


def _smtp_options() -> dict[str, object]:
    environment = settings.ENVIRONMENT
    return {
        "host": environment.email_host,
        "port": environment.email_port,
        "username": environment.email_user,
        "password": environment.email_password.get_secret_value(),
        "use_tls": environment.email_use_tls,
        "timeout": 20,
    }
