"""The project itself: wires the apps together and decides nothing."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "rtcc_gov"
    label = "rtcc_gov"

    def ready(self) -> None:
        # Shared tasks bind to the application that is made here.
        from rtcc_gov import celery  # noqa: F401
