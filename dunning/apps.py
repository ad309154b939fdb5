from django.apps import AppConfig


class DunningConfig(AppConfig):
    name = "dunning"

    def ready(self) -> None:
        from dunning import tasks  # noqa: F401  # registers the queued work
        from dunning.inbound import (  # noqa: F401  # and the clock's
            email_returns,
            night,
            pec_rounds,
            phone_rounds,
            platform_rounds,
            retry_rounds,
        )
