"""A fact must be of a position that exists: the ledger's proof says so, since no lock is taken to ask it each time."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from billing.models import TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.timeline import tell
from paybox.kernel.actor import Actor
from tests.build import make_position

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_a_fact_of_nobody_is_found(borgo, ada: Actor) -> None:
    position = make_position()
    tell(position_ids=[position.pk], kind=TimelineEntry.Kind.NOTE, at=AT, actor=ada)
    assert list(ledger_problems()) == []
    tell(position_ids=[position.pk + 1], kind=TimelineEntry.Kind.NOTE, at=AT, actor=ada)
    (problem,) = ledger_problems()
    assert (problem.check, problem.stored) == ("timeline", f"posizione {position.pk + 1}")


@pytest.mark.django_db
def test_the_timeline_of_a_position_is_found_by_one_index(borgo) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'borgo' AND tablename = 'billing_timelineentry'"
            " ORDER BY 1"
        )
        assert [row[0] for row in cursor.fetchall()] == [
            "billing_timelineentry_pkey",
            "timeline_position",
        ]
