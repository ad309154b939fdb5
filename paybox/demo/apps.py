from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "paybox.demo"
    label = "demo"
