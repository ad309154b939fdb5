"""The domain that writes the Ente's e-mail: whether those who receive it have reasons to believe it."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dunning.channels.email_dns import DnsAway, DomainCheck
from dunning.inbound.addresses import email_sender
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs
from tenants.roles import Capability


@staff(Capability.ADMINISTER)
def mail_domain(request: StaffRequest) -> HttpResponse:
    """SPF, DKIM and DMARC as the DNS says now."""
    environment = settings.ENVIRONMENT
    sender = email_sender(request.tenant)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    judgements, away = [], ""
    try:
        judgements = DomainCheck(environment.dns_server).judge(
            domain, selector=environment.dkim_selector, include=environment.spf_include
        )
    except DnsAway as refusal:
        away = str(refusal)
    page = {
        "sender": sender,
        "domain": domain,
        "judgements": judgements,
        "away": away,
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Dominio di posta", "")),
    }
    return render(request, "office/mail_domain.html", page)
