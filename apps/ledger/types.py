"""What crosses the ledger's border: an event's type, a new entry, its receipt, an entry as read, proofs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from string import Formatter
from typing import Any, TypeAlias

import msgspec

from apps.ledger.tree import hash_leaf

Code: TypeAlias = "str | int | bool | list[Code] | dict[str, Code] | None"
EVENT_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
CODE_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+=~,()#-"
NOT_IN_CODE = re.compile(f"[^{re.escape(CODE_CHARACTERS)}]+")
MOST_CODE_CHARACTERS = 128


def as_code(text: str) -> str:
    """`text` with what a code may not hold replaced by `-`, cut to 128 characters.

    For references that people type, such as case numbers; never for text that may name a person or a plate.
    """
    return NOT_IN_CODE.sub("-", text.strip())[:MOST_CODE_CHARACTERS]


@dataclass(frozen=True, kw_only=True)
class EventType:
    """A kind of event: a code like `QUERY_DECIDED` and a sentence with `{field}` placeholders for the trail.

    Placeholders name details, or `actor`, `subject` and `agency`.
    """

    code: str
    sentence: str

    def __post_init__(self) -> None:
        if not EVENT_CODE.fullmatch(self.code) or len(self.code) > 64:
            raise ValueError(f"An event's code reads NOUN_PARTICIPLE, not {self.code!r}.")
        if not self.sentence.strip():
            raise ValueError(f"{self.code} needs a sentence.")

    def describe(self, entry: EntryView) -> str:
        """The sentence with an entry's values in it; what the entry does not say shows as a dash."""
        values = {**entry.details, "actor": entry.actor, "subject": entry.subject, "agency": entry.agency}
        parts = []
        for text, name, _, _ in Formatter().parse(self.sentence):
            parts.append(text)
            if name is not None:
                parts.append(_in_words(values.get(name)))
        return "".join(parts)


def _in_words(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_in_words(item) for item in value)
    return str(value)


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """What `append_many` takes for each entry."""

    event: EventType
    actor: str
    subject: str
    details: Mapping[str, Code] = field(default_factory=dict)
    agency: str = ""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the writer of an entry holds in hand: enough to ask for its proof later."""

    reference: str
    leaf_hash: bytes
    entry_id: int


class EntryContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an entry's canonical JSON holds: CJIS AU-3's record of type, moment, place, source, outcome and identity.

    Type and outcome are the event's noun and participle, or the `outcome` among the details; the place is the agency,
    the source the kind of process.
    """

    actor: str
    agency: str
    details: dict[str, Any]
    event: str
    process: str
    recorded_at: str
    reference: str
    subject: str
    v: int


_parse = msgspec.json.Decoder(EntryContent).decode


def parse_entry(canonical: bytes) -> EntryContent:
    """:raises msgspec.MsgspecError: if the bytes are not an entry"""
    return _parse(canonical)


@dataclass(frozen=True, kw_only=True)
class EntryView:
    """An entry as it was written; all but `id` and `index` is read from its canonical bytes, when asked for."""

    id: int
    index: int | None
    canonical: bytes

    @cached_property
    def content(self) -> EntryContent:
        return parse_entry(self.canonical)

    @property
    def reference(self) -> str:
        return self.content.reference

    @property
    def event(self) -> str:
        return self.content.event

    @property
    def actor(self) -> str:
        return self.content.actor

    @property
    def subject(self) -> str:
        return self.content.subject

    @property
    def agency(self) -> str:
        return self.content.agency

    @property
    def process(self) -> str:
        return self.content.process

    @property
    def recorded_at(self) -> datetime:
        return datetime.fromisoformat(self.content.recorded_at)

    @property
    def details(self) -> dict[str, Any]:
        return self.content.details

    @property
    def leaf_hash(self) -> bytes:
        return hash_leaf(self.canonical)

    @property
    def is_sealed(self) -> bool:
        return self.index is not None


@dataclass(frozen=True, kw_only=True)
class SealResult:
    """What one run of the sealer did. `is_alone` is False where another sealer was at work and this one stood back."""

    sealed: int
    size: int
    root: bytes
    lag_seconds: float
    is_alone: bool = True


@dataclass(frozen=True, kw_only=True)
class CheckpointView:
    size: int
    root: bytes
    sealed_at: datetime
    note: str


@dataclass(frozen=True, kw_only=True)
class InclusionProof:
    """That the leaf at `index` is in the tree of `size`; `note` is the signed checkpoint of that tree."""

    index: int
    size: int
    leaf_hash: bytes
    hashes: tuple[bytes, ...]
    root: bytes
    note: str


@dataclass(frozen=True, kw_only=True)
class ConsistencyProof:
    """That the tree of `new_size` only adds to the tree of `old_size`."""

    old_size: int
    new_size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class BundleInfo:
    """What an exported bundle holds."""

    size: int
    root: bytes
    checkpoints: int
    file_bytes: int
