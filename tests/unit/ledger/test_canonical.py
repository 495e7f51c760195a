"""An entry's bytes are RFC 8785's, and hold codes only."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from apps.ledger import canonical
from apps.ledger.canonical import EntryRefused
from apps.ledger.types import CODE_CHARACTERS, as_code

FIELDS = st.from_regex(canonical.FIELD, fullmatch=True).filter(lambda name: name != "case_number")
SCALARS = (
    st.text(CODE_CHARACTERS, max_size=128)
    | st.integers(-canonical.MOST_INTEGER, canonical.MOST_INTEGER)
    | st.booleans()
    | st.none()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=4))


def is_too_deep(value: Any, room: int = canonical.MOST_DEPTH) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return room < 0 or any(is_too_deep(item, room - 1) for item in inner if isinstance(item, dict | list))


@given(st.dictionaries(FIELDS, VALUES, max_size=8))
def test_the_bytes_are_those_of_the_reference_implementation(content: dict[str, Any]) -> None:
    if is_too_deep(content):
        with pytest.raises(EntryRefused, match="nested"):
            canonical.encode(content)
    else:
        assert canonical.encode(content) == rfc8785.dumps(content)


@pytest.mark.parametrize(
    "value",
    ["free text", 'a"b', "a\\b", "tab\t", "Zoë", "🚓", "x" * 129, "\ud800", "line\n", 1.5, float("nan"), b"x",
     2**53, -(2**53), {"deep": {"deep": {"deep": {"deep": {}}}}}, [[[[[1]]]]], ["free text"], {"ok": "free text"},
     ["y" * 129], {1: 2}, {"Upper": 1}, {"a-b": 1}, {"": 1}, (1, 2), {1, 2}, object()],
)  # fmt: skip
def test_what_is_no_code_is_refused_and_not_repeated(value: Any) -> None:
    with pytest.raises(EntryRefused) as refusal:
        canonical.encode({"details": {"field": value}})
    assert "free text" not in refusal.value.message


def test_the_field_with_the_text_is_named() -> None:
    with pytest.raises(EntryRefused, match="'subject'"):
        canonical.encode({"actor": "P-0001", "subject": "John Doe"})


def test_a_case_number_is_a_string() -> None:
    assert canonical.encode({"details": {"case_number": "24-1"}})
    with pytest.raises(EntryRefused, match="case number"):
        canonical.encode({"details": {"case_number": 24}})


def test_an_entry_fits_into_a_bundle() -> None:
    most = {f"f{number}": "x" * 120 for number in range(600)}
    with pytest.raises(EntryRefused, match="65,535 bytes"):
        canonical.encode({"details": most})


@given(st.text(max_size=200))
def test_any_text_can_be_made_a_code(text: str) -> None:
    assert canonical.encode({"details": {"case_number": as_code(text)}})


def test_a_typed_case_number_stays_readable() -> None:
    assert as_code("  CCN 24/118 204 ") == "CCN-24/118-204"
