"""How long does a process remember a key? No longer than the bounded age, so that a removed key file is felt."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from apps.keys.types import KeyScope, ScopeKeys


class KeyCache:
    """Scope keys by key store and scope, each for at most the seconds that the reader allows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[tuple[Path, KeyScope], tuple[float, ScopeKeys]] = {}

    def get(self, directory: Path, scope: KeyScope, *, most_seconds: float) -> ScopeKeys | None:
        with self._lock:
            kept = self._kept.get((directory, scope))
            if kept is None:
                return None
            kept_at, keys = kept
            if self._clock() - kept_at >= most_seconds:
                del self._kept[directory, scope]
                return None
            return keys

    def keep(self, directory: Path, keys: ScopeKeys) -> None:
        with self._lock:
            self._kept[directory, keys.scope] = (self._clock(), keys)

    def forget(self, directory: Path, scope: KeyScope) -> None:
        with self._lock:
            self._kept.pop((directory, scope), None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
