from django.apps import AppConfig


class PagopaConfig(AppConfig):
    name = "pagopa"
