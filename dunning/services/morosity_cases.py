"""Chapter 10 – the case of a member who does not pay: opened, each fact prepared by one and confirmed by another, closed.

Before: the list of ``selectors/morosity``.  After: what the Council did, with its days and numbers, for whoever asks.
"""

from datetime import date, datetime

from django.db import transaction

from billing.models import Service
from dunning.models import MorosityCase, MorosityFact
from dunning.rules.limitation import CreditKind
from dunning.rules.morosity import CaseRefused, Fact, FactKind, check_fact, is_over
from dunning.selectors.acts import rules_of
from dunning.selectors.morosity import case_facts, defaulters, owed_on_case
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_name, lock_row


@transaction.atomic
def open_case(
    *, service_id: int, subject_id: int, least_years: int, actor: Actor, at: datetime
) -> MorosityCase:
    """The case of a member on the list of that day; the one already open is given back. Raises CaseRefused."""
    service = Service.objects.get(pk=service_id)
    if rules_of(service).kind != CreditKind.ORDER_DUES:
        raise CaseRefused("Il procedimento vale solo per le quote di un Ordine")
    lock_name(f"dunning.morosity/{service_id}/{subject_id}")
    found = MorosityCase.objects.filter(service=service, subject_id=subject_id, closed_at=None)
    if (known := found.first()) is not None:
        return known
    today = at.astimezone(ROME).date()
    listed = defaulters(service=service, least_years=least_years, on=today)
    who = next((one for one in listed if one.subject.pk == subject_id), None)
    if who is None:
        raise CaseRefused("La persona non è nell'elenco dei morosi di oggi")
    if who.held:
        raise CaseRefused("Il debito è sospeso: prima va chiarito")
    case = MorosityCase.objects.create(
        service=service, subject=who.subject, years=list(who.years), owed_cents=who.residual_cents, opened_at=at,
        author_id=actor.user_id, author_name=actor.name,
    )  # fmt: skip
    _trace(case, "opened", actor, at)
    return case


@transaction.atomic
def prepare_fact(
    *, case_id: int, fact: Fact, reference: str, note: str = "", actor: Actor, at: datetime
) -> MorosityFact:
    """Write a fact that waits for another person. Raises CaseRefused."""
    case = lock_row(MorosityCase, case_id)
    if case.facts.filter(confirmed_at=None, refused_at=None).exists():
        raise CaseRefused("C'è già un passo che attende conferma")
    if not reference.strip():
        raise CaseRefused("Indicare il numero della delibera o la prova della notifica")
    _check(case, fact, at)
    return MorosityFact.objects.create(
        case=case, kind=fact.kind.value, on=fact.on, hearing_on=fact.hearing_on, reference=reference.strip(),
        note=note.strip(), prepared_at=at, preparer_id=actor.user_id, preparer_name=actor.name,
    )  # fmt: skip


@transaction.atomic
def confirm_fact(*, fact_id: int, actor: Actor, at: datetime) -> MorosityFact:
    """A second person confirms it, if it is still possible; the last one closes the case. Raises CaseRefused."""
    case, waiting = _waiting(fact_id)
    if waiting.preparer_id == actor.user_id:
        raise CaseRefused("Il passo va confermato da una persona diversa da chi l'ha scritto")
    _check(case, Fact(FactKind(waiting.kind), waiting.on, waiting.hearing_on), at)
    waiting.confirmed_at, waiting.confirmer_id, waiting.confirmer_name = (
        at,
        actor.user_id,
        actor.name,
    )
    waiting.save(update_fields=["confirmed_at", "confirmer_id", "confirmer_name"])
    if is_over(case_facts(case)):
        case.closed_at = at
        case.save(update_fields=["closed_at"])
    _trace(case, "confirmed", actor, at, kind=waiting.kind, reference=waiting.reference)
    return waiting


@transaction.atomic
def refuse_fact(*, fact_id: int, actor: Actor, at: datetime) -> MorosityFact:
    """It was written wrong: it does not count and another may be written. Raises CaseRefused."""
    case, waiting = _waiting(fact_id)
    waiting.refused_at = at
    waiting.save(update_fields=["refused_at"])
    _trace(case, "refused", actor, at, kind=waiting.kind)
    return waiting


def _waiting(fact_id: int) -> tuple[MorosityCase, MorosityFact]:
    fact = MorosityFact.objects.get(pk=fact_id)
    case = lock_row(MorosityCase, fact.case_id)
    fact = lock_row(MorosityFact, fact_id)
    if fact.confirmed_at is not None or fact.refused_at is not None:
        raise CaseRefused("Questo passo è già stato confermato o respinto")
    return case, fact


def _check(case: MorosityCase, fact: Fact, at: datetime) -> None:
    today: date = at.astimezone(ROME).date()
    owed = owed_on_case(case, on=today)
    check_fact(fact, case_facts(case), owed_cents=owed, today=today)


def _trace(case: MorosityCase, verb: str, actor: Actor, at: datetime, **details: object) -> None:
    record_audit(
        action=f"dunning.morosity.{verb}",
        actor=actor,
        at=at,
        subject=f"morosity:{case.uuid}",
        **details,
    )
