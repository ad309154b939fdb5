"""A receipt found while somebody holds its credit: nothing is lost, and it is asked for again the same day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django_tenants.utils import schema_context

from billing.models import Collection
from billing.selectors.ledger import ledger_problems
from pagopa.services.receipt_recovery import Recovered
from paybox.kernel.queue import RetryLater
from tests.pagopa.test_receipt_recovery import Events, owed
from tests.plugin import app_url


def test_a_credit_that_somebody_holds(
    own_database: str, simulator: Callable[..., Any], tmp_path: Path
):
    cache.clear()
    with schema_context("borgo"):
        events, notice = Events(simulator().url, tmp_path / "node"), owed()
        events.has(notice, "iur-1")
        with psycopg.connect(app_url(own_database)) as other:
            other.execute("SELECT id FROM borgo.billing_position FOR UPDATE")
            with pytest.raises(RetryLater, match="occupata"):
                events.recover_one(notice, events.gpd)
        assert Collection.objects.count() == 0
        assert events.recover_one(notice, events.gpd) == Recovered(1, 1, False)
        assert Collection.objects.get().allotted_cents == 12_000
        assert list(ledger_problems()) == []
