"""What are the bytes of an entry? RFC 8785 (JSON Canonicalization Scheme), and codes only.

The log can never forget, so it holds references and codes: strings without spaces, whole numbers, booleans, null, and
lists and objects of them. For these values `msgspec` with sorted keys gives exactly what RFC 8785 asks, only faster; a
property test holds it against the reference implementation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from apps.core.errors import InvalidInput
from apps.ledger.types import MOST_CODE_CHARACTERS, NOT_IN_CODE

MOST_ENTRY_BYTES = 65_535  # the length prefix of an entry bundle (C2SP tlog-tiles) has two bytes
MOST_INTEGER = 2**53 - 1  # beyond it JSON numbers differ between programs (RFC 8785, section 3.2.2.3)
MOST_DEPTH = 4
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
    canonical = _encode(content)
    if len(canonical) > MOST_ENTRY_BYTES:
        raise EntryRefused(
            f"A log entry has at most {MOST_ENTRY_BYTES:,} bytes; this one would have {len(canonical):,}."
        )
    return canonical


def _check_object(value: Mapping[Any, Any], depth: int) -> None:
    for name, item in value.items():
        if type(name) is not str or not FIELD.fullmatch(name):
            raise EntryRefused("A field of a log entry is named in lower case with underscores.")
        _check(name, item, depth)


def _check(name: str, value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str:
        if len(value) > MOST_CODE_CHARACTERS or NOT_IN_CODE.search(value):
            # The value stays out of the message: what should not be in the log should not be in an error report either.
            raise EntryRefused(
                f"The log holds references and codes only; {name!r} is neither.",
                remedy="Keep text in a row that can be destroyed, and put a commitment to it in the log.",
            )
    elif kind is int:
        if not -MOST_INTEGER <= value <= MOST_INTEGER:
            raise EntryRefused(f"{name!r} is too large a number for the log.")
    elif value is None or kind is bool:
        pass
    elif depth >= MOST_DEPTH:
        raise EntryRefused(f"{name!r} is nested too deeply for the log.")
    elif kind is list:
        for item in value:
            _check(name, item, depth + 1)
    elif kind is dict:
        _check_object(value, depth + 1)
    else:
        raise EntryRefused(f"The log holds no value of the type of {name!r} ({kind.__name__}).")
