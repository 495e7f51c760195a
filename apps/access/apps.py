"""Access: request, decision, grant; nothing governed is read but through here."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "apps.access"
    label = "access"
