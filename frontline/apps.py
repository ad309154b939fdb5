from django.apps import AppConfig


class FrontlineConfig(AppConfig):
    name = "frontline"

    def ready(self) -> None:
        from frontline.form_words import say_it_plainly

        say_it_plainly()
