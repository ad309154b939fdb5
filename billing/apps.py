from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        import billing.tasks  # noqa: F401 - what the outbox may name
        from billing.services.catalogue import open_catalogue
        from tenants.services.provisioning import after_provisioning

        after_provisioning(lambda ente: open_catalogue(kind=ente.kind))
