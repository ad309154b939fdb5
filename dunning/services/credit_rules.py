"""Chapter 10 – the body's own choices for one service, kept with who made them."""

from datetime import datetime

from django.db import transaction

from dunning.models import CreditRules
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit


@transaction.atomic
def keep_credit_rules(*, rules: CreditRules, actor: Actor, at: datetime) -> None:
    """Store them; what acts have charged already stays as it was."""
    rules.save()
    record_audit(
        action="dunning.credit_rules.kept",
        actor=actor,
        at=at,
        subject=f"service:{rules.service.code}",
        kind=rules.kind,
        alert_days=rules.alert_days,
        handover_minimum_cents=rules.handover_minimum_cents,
        handover_needs_service=rules.handover_needs_service,
        charges_on_everything=rules.charges_on_everything,
        plan_second_cents=rules.plan_second_cents,
        plan_second_count=rules.plan_second_count,
    )
