"""The sheet of a call: who, how much, how old, what happened so far, what to say and what not.

Before: a file held by its operator.  After: she reads it while she speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from billing.selectors.overdue import overdue_debts
from dunning.models import (
    Attempt,
    PhoneCall,
    PhoneCampaign,
    PhoneDocument,
    PhoneFile,
    PhonePromise,
    PhoneTask,
)
from dunning.rules.phone_ends import LeftOut
from dunning.rules.phone_limits import PhoneRules, next_allowed, why_not_call
from dunning.rules.placeholders import NO_NOTICE, MessageFacts
from dunning.selectors.own_texts import office_words, own_text
from dunning.selectors.phone import Owed, current_ids, owed_by, stopped_words
from dunning.selectors.phone_calls import past_of
from dunning.selectors.waves import reason_sentence
from paybox.kernel.actor import Actor
from paybox.kernel.models import AuditEntry
from paybox.kernel.problems import Refused
from tenants.models import Ente

SHOWN = 20
ATTENTION = (
    "Tono cordiale: si ricorda e si chiede quando potrà pagare.",
    "Ha già disatteso una promessa, o ha rifiutato: lo si dice con calma e si chiede un giorno vicino.",
    "Ha disatteso più promesse: si chiede che cosa le impedisce di pagare e si propone l'ufficio per le rate. Mai minacce.",
)


@dataclass(frozen=True, slots=True)
class CallSheet:
    """``cannot`` is why no call may be made now, with its rule; ``again_at`` when it may. ``open_call``: begun, not told."""

    file: PhoneFile
    owed: Owed
    script: str
    tone: str
    cannot: str
    again_at: datetime | None
    open_call: PhoneCall | None
    calls: Sequence[PhoneCall]
    promises: Sequence[PhonePromise]
    messages: Sequence[Attempt]
    documents: Sequence[PhoneDocument]
    tasks: Sequence[PhoneTask]


def call_sheet(file: PhoneFile, *, ente: Ente, link: str, at: datetime, on: date, rules: PhoneRules) -> CallSheet:  # fmt: skip
    """``file`` with its campaign, script and subject at hand."""
    past = past_of(file)
    limit = why_not_call(past, at=at, rules=rules)
    cannot = stopped_words(file, on=on) or (f"{limit.sentence} ({limit.source})" if limit else "")
    written = Attempt.objects.filter(item__subject_id=file.subject_id).select_related("item__wave")
    return CallSheet(
        file=file,
        owed=owed_by(file),
        script=script_words(file, ente=ente, link=link, on=on),
        tone=ATTENTION[file.attention],
        cannot=cannot,
        again_at=next_allowed(past, at=at, rules=rules) if limit else None,
        open_call=file.calls.filter(outcome="").first(),
        calls=list(file.calls.exclude(outcome="").order_by("-at", "-pk")[:SHOWN]),
        promises=list(file.promises.order_by("-pk")[:SHOWN]),
        messages=list(written.order_by("-created_at")[:SHOWN]),
        documents=list(file.documents.order_by("-pk")),
        tasks=list(file.tasks.order_by("-pk")[:SHOWN]),
    )


def script_words(file: PhoneFile, *, ente: Ente, link: str, on: date) -> str:
    """The agreed script with this person's data; empty when nothing is due any more."""
    debts = overdue_debts(on=on, position_ids=current_ids(file))
    notices = [number for debt in debts for number in debt.notices]
    words = own_text({file.campaign.script.form: file.campaign.script_id}, file.campaign.script.form)  # fmt: skip
    if words is None or not debts:
        return ""
    service = file.campaign.service
    facts = MessageFacts(
        nome=file.subject.name,
        importo_cents=sum(debt.overdue_cents for debt in debts),
        scadenza=min(debt.due_on for debt in debts),
        avviso=notices[0] if len(notices) == 1 else NO_NOTICE,
        ente=ente.name,
        link=link,
        ufficio=office_words(service, ente),
        iban=service.iban or ente.iban,
    )
    try:
        return words.fill(facts)[1]
    except Refused:
        return words.body


def left_out_words(code: str) -> str:
    """Why somebody stays out of a campaign."""
    return LeftOut(code).sentence if code in set(LeftOut) else reason_sentence(code)


def access_log(file: PhoneFile) -> QuerySet[AuditEntry]:
    """Who opened the sheet or read the notes, the latest first."""
    read = Q(action="dunning.phone.sheet_opened") | Q(action="dunning.phone.notes_read")
    return AuditEntry.objects.filter(read, subject=f"phonefile:{file.uuid}").order_by("-at", "-pk")


def campaigns_given(operator: Actor) -> QuerySet[PhoneCampaign]:
    """Those running that were given to that person."""
    mine = PhoneCampaign.objects.filter(
        operators__user_id=operator.user_id, operators__taken_back_at__isnull=True,
        state=PhoneCampaign.State.RUNNING,
    )  # fmt: skip
    return mine.select_related("service", "script").order_by("ends_on", "pk")
