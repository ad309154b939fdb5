from django.apps import AppConfig


class FrontlineConfig(AppConfig):
    name = "frontline"
