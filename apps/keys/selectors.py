"""Which keys are there?"""

from __future__ import annotations

from apps.keys import conf
from apps.keys.file_store import FileKeyStore
from apps.keys.models import DataKey
from apps.keys.types import KeyScope


def list_live_scopes(*, category: str) -> list[KeyScope]:
    """The scopes of a category that can be read, by label; the key store answers, not the database."""
    return FileKeyStore(conf.key_store_dir()).list_live(category)


def list_data_keys(*, category: str) -> list[DataKey]:
    """What is known of a category's keys, destroyed ones included, by label."""
    return list(DataKey.objects.filter(category=category).order_by("label", "id"))
