from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "paybox.kernel"
    label = "kernel"
