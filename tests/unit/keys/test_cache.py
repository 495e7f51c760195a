"""A key is remembered for its bounded age and not a moment longer."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from apps.keys.cache import KeyCache
from apps.keys.types import KeyScope, ScopeKeys

HERE, ELSEWHERE = Path("a"), Path("b")
SCOPE = KeyScope(category="CASE", label="C-1")
KEYS = ScopeKeys(scope=SCOPE, key_id=UUID(int=1), cipher_key=b"c", index_key=b"i")


class Watch:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_key_is_kept_until_its_age_is_over() -> None:
    watch = Watch()
    cache = KeyCache(clock=watch)
    cache.keep(HERE, KEYS)
    watch.seconds += 29.9
    assert cache.get(HERE, SCOPE, most_seconds=30) is KEYS
    watch.seconds += 0.1
    assert cache.get(HERE, SCOPE, most_seconds=30) is None
    watch.seconds -= 10
    assert cache.get(HERE, SCOPE, most_seconds=30) is None, "what was dropped stays dropped"


def test_another_key_store_has_other_keys() -> None:
    cache = KeyCache()
    cache.keep(HERE, KEYS)
    assert cache.get(ELSEWHERE, SCOPE, most_seconds=30) is None


def test_a_forgotten_key_is_gone() -> None:
    cache = KeyCache()
    cache.keep(HERE, KEYS)
    cache.forget(HERE, SCOPE)
    cache.forget(HERE, SCOPE)
    assert cache.get(HERE, SCOPE, most_seconds=30) is None


def test_everything_can_be_forgotten() -> None:
    cache = KeyCache()
    cache.keep(HERE, KEYS)
    cache.clear()
    assert cache.get(HERE, SCOPE, most_seconds=30) is None
