from django.apps import AppConfig


class PagopaConfig(AppConfig):
    name = "pagopa"

    def ready(self) -> None:
        from billing.selectors.ledger import EXTRA_CHECKS
        from pagopa import receivers, tasks  # noqa: F401  their decorators register them
        from pagopa.selectors.proof import pagopa_problems

        EXTRA_CHECKS.append(pagopa_problems)
