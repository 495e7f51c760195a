"""What is a key scope, and what does code that encrypts hold in its hand?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

CATEGORY = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
LABEL = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class KeyScope:
    """What one data key covers: a category and a label, such as `("PLATE_READ", "2026-11-24")`.

    Both become names in the key store, so their characters are limited.

    :raises ValueError: if either has other characters than a file name of the key store may have
    """

    category: str
    label: str

    def __post_init__(self) -> None:
        if not CATEGORY.fullmatch(self.category):
            raise ValueError(f"A key scope's category is an upper-case code, not {self.category!r}.")
        if not LABEL.fullmatch(self.label):
            raise ValueError(f"A key scope's label is 1 to 64 of A-Z a-z 0-9 . _ -, not {self.label!r}.")

    def __str__(self) -> str:
        return f"{self.category}/{self.label}"


@dataclass(frozen=True, kw_only=True)
class ScopeKeys:
    """The two keys derived from a scope's data key; neither shows in a repr, a log or an error report."""

    scope: KeyScope
    key_id: UUID
    cipher_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class DestroyedKey:
    """What remains of a destroyed data key: that it was, and when it went."""

    scope: KeyScope
    key_id: UUID
    destroyed_at: datetime
    destroyed_by: str
