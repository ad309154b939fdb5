"""``python -m tests.pagopa.pulling ADDRESS``: pull the flows of Borgo, two rows a page – the process that gets killed."""

import sys

import django

from tests.template import BORGO


def pull(address: str) -> None:
    from django_tenants.utils import schema_context

    from pagopa.gateways.fdr_rest import FdrRest
    from pagopa.gateways.reading import Reader, ReadingAccess
    from pagopa.services.flow_pull import pull_flows
    from paybox.kernel.clock import now

    source = FdrRest(Reader(ReadingAccess(f"{address}/fdr", slot_s=0)), page=2)
    with schema_context("borgo"):
        pull_flows(source=source, organization=BORGO, at=now())


if __name__ == "__main__":
    django.setup()
    pull(sys.argv[1])
