"""Core: errors, clock, geometry, database roles; it has no tables."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
