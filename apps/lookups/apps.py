from django.apps import AppConfig


class LookupsConfig(AppConfig):
    name = "apps.lookups"
    label = "lookups"
    default_auto_field = "django.db.models.BigAutoField"
