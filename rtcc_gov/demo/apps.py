"""The demonstration's generator as a Django app, for its commands; it has no tables."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "rtcc_gov.demo"
    label = "demo"
    verbose_name = "Demo city"
