"""Keys: envelope encryption with a data key per category and day, blind indexes, the signing key."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "apps.keys"
    label = "keys"
