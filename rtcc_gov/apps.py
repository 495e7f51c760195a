"""The project itself: wires the apps together and decides nothing."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "rtcc_gov"
    label = "rtcc_gov"
