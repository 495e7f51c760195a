"""The settings that accounts read."""

from __future__ import annotations

from django.conf import settings


def is_demo() -> bool:
    """Whether the demonstration's one-click sign-in is offered. Off unless it is switched on."""
    return settings.RTCC_DEMO is True


def get_public_url_names() -> frozenset[str]:
    """The names of the addresses that need no sign-in; everything else does."""
    return frozenset(settings.RTCC_PUBLIC_URL_NAMES)
