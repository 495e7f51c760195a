"""Where is the key store, and how long may a process keep a key in memory?"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def key_store_dir() -> Path:
    """A directory outside the database and outside its backups."""
    return Path(settings.RTCC_KEY_STORE_DIR)


def key_cache_seconds() -> int:
    return int(settings.RTCC_KEY_CACHE_SECONDS)
