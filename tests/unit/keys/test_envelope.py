"""A value opens only with its key and in its place; keys never show."""

from __future__ import annotations

import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.keys import envelope
from apps.keys.envelope import DecryptionFailed
from apps.keys.types import KeyScope, ScopeKeys

KEY_ID = UUID(int=7)


def make_keys(label: str = "2026-11-24", data_key: bytes = b"k" * 32) -> ScopeKeys:
    return envelope.derive(scope=KeyScope(category="PLATE_READ", label=label), key_id=KEY_ID, data_key=data_key)


def seal(keys: ScopeKeys, *plaintexts: bytes) -> list[bytes]:
    return envelope.encrypt_many(keys=keys, table="records_plateread", column="sealed", plaintexts=plaintexts)


def test_what_was_sealed_opens_in_its_place() -> None:
    keys = make_keys()
    sealed = seal(keys, b"one", b"", b"two")
    opened = envelope.decrypt_many(keys=keys, table="records_plateread", column="sealed", ciphertexts=sealed)
    assert opened == [b"one", b"", b"two"]


def test_equal_values_look_different_every_time() -> None:
    assert len(set(seal(make_keys(), b"same", b"same", b"same"))) == 3


@pytest.mark.parametrize(
    ("keys", "table", "column"),
    [
        (make_keys("2026-11-25"), "records_plateread", "sealed"),
        (make_keys(data_key=b"x" * 32), "records_plateread", "sealed"),
        (make_keys(), "records_other", "sealed"),
        (make_keys(), "records_plateread", "other"),
    ],
    ids=["another scope", "another key", "another table", "another column"],
)
def test_a_value_that_was_moved_does_not_open(keys: ScopeKeys, table: str, column: str) -> None:
    sealed = seal(make_keys(), b"secret")
    with pytest.raises(DecryptionFailed):
        envelope.decrypt_many(keys=keys, table=table, column=column, ciphertexts=sealed)


@pytest.mark.parametrize("position", [0, 12, -1])
def test_a_changed_byte_does_not_open(position: int) -> None:
    keys = make_keys()
    sealed = bytearray(seal(keys, b"secret")[0])
    sealed[position] ^= 1
    with pytest.raises(DecryptionFailed):
        envelope.decrypt_many(keys=keys, table="records_plateread", column="sealed", ciphertexts=[bytes(sealed)])


@pytest.mark.parametrize("length", [0, 11, 27])
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    keys = make_keys()
    sealed = seal(keys, b"secret")[0][:length]
    with pytest.raises(DecryptionFailed):
        envelope.decrypt_many(keys=keys, table="records_plateread", column="sealed", ciphertexts=[sealed])


def test_an_index_matches_inside_its_scope_and_nowhere_else() -> None:
    here, there = make_keys(), make_keys("2026-11-25")
    first, second, other = envelope.blind_index_many(keys=here, values=[b"ABC123", b"ABC123", b"ABC124"])
    assert first == second != other
    assert len(first) == 16
    assert envelope.blind_index_many(keys=there, values=[b"ABC123"]) != [first]


def test_the_two_keys_of_a_scope_differ_and_do_not_show() -> None:
    keys = make_keys()
    assert keys.cipher_key != keys.index_key
    assert "cipher_key" not in repr(keys)
    assert repr(keys.cipher_key) not in repr(keys)


def test_a_wrapped_key_opens_for_its_purpose_only() -> None:
    wrapped = envelope.wrap(wrapping_key=b"w" * 32, key=b"k" * 32, purpose=b"a")
    assert envelope.unwrap(wrapping_key=b"w" * 32, wrapped=wrapped, purpose=b"a") == b"k" * 32
    with pytest.raises(DecryptionFailed):
        envelope.unwrap(wrapping_key=b"w" * 32, wrapped=wrapped, purpose=b"b")


def test_a_fingerprint_names_a_key_without_giving_it_away() -> None:
    key = envelope.new_key()
    assert envelope.fingerprint(key) == envelope.fingerprint(key)
    assert envelope.fingerprint(key) != envelope.fingerprint(envelope.new_key())
    assert key.hex()[:32] != envelope.fingerprint(key)


@pytest.mark.parametrize("category", ["", "plate", "A/B", "A" * 41, "PLATE READ", ".."])
def test_a_category_is_a_code(category: str) -> None:
    with pytest.raises(ValueError, match="category"):
        KeyScope(category=category, label="x")


@pytest.mark.parametrize("label", ["", ".", "..", "../x", "a/b", "x" * 65, "a b", "é", "x\n", ".hidden"])
def test_a_label_is_a_safe_file_name(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        KeyScope(category="CASE", label=label)


@given(value=st.binary(max_size=200))
def test_a_blind_index_is_a_standard_hmac(value: bytes) -> None:
    keys = make_keys()
    expected = hmac.digest(keys.index_key, value, "sha256")[:16]
    assert envelope.blind_index_many(keys=keys, values=[value]) == [expected]
