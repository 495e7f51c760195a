"""What are the bytes of an entry? RFC 8785 (JSON Canonicalization Scheme), and codes only.

The log can never forget, so it holds references and codes: strings without spaces, whole numbers, booleans, null, and
lists and objects of them. For these values `msgspec` with sorted keys gives exactly what RFC 8785 asks, only faster; a
property test holds it against the reference implementation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from apps.core.errors import InvalidInput
from apps.ledger.types import CODE_CHARACTERS, MOST_CODE_CHARACTERS

MOST_ENTRY_BYTES = 65_535  # the length prefix of an entry bundle (C2SP tlog-tiles) has two bytes
MOST_INTEGER = 2**53 - 1  # beyond it JSON numbers differ between programs (RFC 8785, section 3.2.2.3)
MOST_DEPTH = 4
CODE_BYTES = bytes(sorted(set(CODE_CHARACTERS.encode()) | set(b'{}[]"')))
FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")

_encode = msgspec.json.Encoder(order="sorted").encode


class EntryRefused(InvalidInput):
    """The entry would put into the log what the log must not hold."""

    code = "ENTRY_REFUSED"


def encode(content: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an entry's content.

    :raises EntryRefused: if a value is not a code, or the entry is longer than 65,535 bytes
    """
    _check_object(content, 0)
    try:
        canonical = _encode(content)
    except UnicodeEncodeError:
        raise _not_a_code("text that is no text") from None
    # One look at the whole instead of one at each string: a backslash stands for every quote and control character.
    if canonical.translate(None, CODE_BYTES):
        raise _not_a_code(_find_text(content))
    if len(canonical) > MOST_ENTRY_BYTES:
        raise EntryRefused(f"A log entry has at most {MOST_ENTRY_BYTES:,} bytes, not {len(canonical):,}.")
    return canonical


def _check_object(value: Mapping[Any, Any], depth: int) -> None:
    for name, item in value.items():
        kind = type(item)
        if not _is_field(name):
            raise EntryRefused("A field of a log entry is named in lower case with underscores.")
        if kind is str:
            if len(item) > MOST_CODE_CHARACTERS:
                raise _not_a_code(name)
        elif kind is dict:
            _check_depth(name, depth)
            _check_object(item, depth + 1)
        else:
            _check(name, item, depth)
    if type(value.get("case_number", "")) is not str:
        raise EntryRefused("A case number in the log is a string.")


def _check(name: str, value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str:
        if len(value) > MOST_CODE_CHARACTERS:
            raise _not_a_code(name)
    elif kind is int:
        if not -MOST_INTEGER <= value <= MOST_INTEGER:
            raise EntryRefused(f"{name!r} is too large a number for the log.")
    elif kind is list:
        _check_depth(name, depth)
        for item in value:
            _check(name, item, depth + 1)
    elif kind is dict:
        _check_depth(name, depth)
        _check_object(value, depth + 1)
    elif value is not None and kind is not bool:
        raise EntryRefused(f"The log holds no value of the type of {name!r} ({kind.__name__}).")


def _check_depth(name: str, depth: int) -> None:
    if depth >= MOST_DEPTH:
        raise EntryRefused(f"{name!r} is nested too deeply for the log.")


@lru_cache(maxsize=4096)
def _is_field(name: Any) -> bool:
    return type(name) is str and FIELD.fullmatch(name) is not None


def _find_text(content: Mapping[str, Any]) -> str:
    """The name of the field in which there is more than codes."""
    return next((name for name, value in content.items() if _encode(value).translate(None, CODE_BYTES)), "")


def _not_a_code(name: str) -> EntryRefused:
    # The value stays out of the message: what should not be in the log should not be in an error report either.
    return EntryRefused(
        f"The log holds references and codes only; {name!r} is neither.",
        remedy="Keep text in a row that can be destroyed, and put a commitment to it in the log.",
    )
