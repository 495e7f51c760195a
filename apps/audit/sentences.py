"""What does an entry say in plain words? Every app's events module has a sentence for each of its events."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from apps.ledger.types import EntryView, EventType


def describe(entry: EntryView) -> str:
    """The entry's sentence; its bare code where no app that is installed knows the event."""
    event = _list_events().get(entry.event)
    return event.describe(entry) if event else f"{entry.event}: {entry.subject}."


@lru_cache(maxsize=1)
def _list_events() -> dict[str, EventType]:
    found: dict[str, EventType] = {}
    for config in apps.get_app_configs():
        name = f"{config.name}.events"
        if config.name.startswith(("apps.", "rtcc_gov")) and find_spec(name):
            found |= {item.code: item for item in vars(import_module(name)).values() if isinstance(item, EventType)}
    return found
