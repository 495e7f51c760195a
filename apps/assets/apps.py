"""Assets: surveillance technologies and their devices."""

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "apps.assets"
    label = "assets"
    verbose_name = "Technologies and devices"
