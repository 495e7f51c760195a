"""The key store and the database belong together, and a key's row follows its file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection

from apps.keys import selectors, services
from apps.keys.file_store import FileKeyStore, KeyDestroyed, KeyMissing, KeyStoreUnavailable
from apps.keys.models import DataKey, KeyStore
from apps.keys.types import KeyScope

pytestmark = pytest.mark.django_db
SCOPE = KeyScope(category="PLATE_READ", label="2026-11-24")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_process() -> None:
    services._cache.clear()
    services._opened.clear()


def test_the_first_start_makes_the_store_and_later_ones_check_it(key_store: Path) -> None:
    services.open_key_store()
    kek = (key_store / "kek.key").read_bytes()
    services.open_key_store()
    assert (key_store / "kek.key").read_bytes() == kek
    assert KeyStore.objects.count() == 1


def test_a_first_start_that_was_cut_short_is_taken_up(key_store: Path) -> None:
    FileKeyStore(key_store).create()
    kek = (key_store / "kek.key").read_bytes()
    services.open_key_store()
    assert (key_store / "kek.key").read_bytes() == kek


def test_a_missing_key_file_stops_the_start_and_is_not_replaced(key_store: Path) -> None:
    services.open_key_store()
    (key_store / "kek.key").unlink()
    with pytest.raises(KeyStoreUnavailable, match="cannot be read"):
        services.open_key_store()
    assert not (key_store / "kek.key").exists()


def test_another_databases_key_file_stops_the_start(key_store: Path, tmp_path: Path) -> None:
    services.open_key_store()
    other = FileKeyStore(tmp_path / "other")
    other.create()
    (key_store / "kek.key").write_bytes((other.directory / "kek.key").read_bytes())
    with pytest.raises(KeyStoreUnavailable, match="not the one that this database was encrypted with"):
        services.open_key_store()


def test_another_signing_key_stops_the_start(key_store: Path) -> None:
    services.open_key_store()
    (key_store / "signing.key").unlink()
    FileKeyStore(key_store).create()
    with pytest.raises(KeyStoreUnavailable, match="not the one that signed"):
        services.open_key_store()


def test_a_key_file_that_others_may_read_stops_the_start(key_store: Path) -> None:
    services.open_key_store()
    (key_store / "kek.key").chmod(0o644)
    with pytest.raises(KeyStoreUnavailable, match="mode 0644"):
        services.open_key_store()


def test_another_process_may_make_the_store_while_this_one_waits(
    key_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.open_key_store()
    known = services._get_known_store()
    answers = iter([None, known])
    monkeypatch.setattr(services, "_get_known_store", lambda: next(answers))
    services.open_key_store()
    assert KeyStore.objects.count() == 1


def test_a_process_reads_keys_without_being_opened_first() -> None:
    made = services.get_or_create_keys(scope=SCOPE)
    services._cache.clear()
    assert services.get_keys(scope=SCOPE) == made


def test_a_scope_without_a_key_is_missing() -> None:
    with pytest.raises(KeyMissing):
        services.get_keys(scope=SCOPE)


def test_a_key_file_removed_under_a_running_server_is_felt_once_the_age_is_over(
    key_store: Path,
    settings,  # type: ignore[no-untyped-def]
) -> None:
    keys = services.get_or_create_keys(scope=SCOPE)
    (key_store / "kek.key").unlink()
    assert services.get_keys(scope=SCOPE) == keys
    settings.RTCC_KEY_CACHE_SECONDS = 0
    for act in (services.get_keys, services.get_or_create_keys):
        with pytest.raises(KeyStoreUnavailable):
            act(scope=SCOPE)


def test_sealed_values_open_and_match() -> None:
    keys = services.get_or_create_keys(scope=SCOPE)
    sealed = services.encrypt(keys=keys, table="t", column="c", plaintext=b"ABC123")
    assert services.decrypt(keys=keys, table="t", column="c", ciphertext=sealed) == b"ABC123"
    assert services.blind_index(keys=keys, value=b"x") == services.blind_index(keys=keys, value=b"x")
    with pytest.raises(services.DecryptionFailed):
        services.decrypt(keys=keys, table="t", column="other", ciphertext=sealed)


def test_the_signing_key_signs() -> None:
    public_key = services.get_public_key()
    Ed25519PublicKey.from_public_bytes(public_key).verify(services.sign(message=b"hello"), b"hello")
    assert services.get_public_key() == public_key


def test_a_destroyed_key_is_felt_at_once_in_this_process() -> None:
    services.get_or_create_keys(scope=SCOPE)
    destroyed = services.destroy_key(scope=SCOPE, actor="system:test", now=NOW)
    assert services.destroy_key(scope=SCOPE, actor="P-0001", now=NOW) == destroyed
    for act in (services.get_keys, services.get_or_create_keys):
        with pytest.raises(KeyDestroyed):
            act(scope=SCOPE)
    row = DataKey.objects.get(category="PLATE_READ", label="2026-11-24")
    assert (row.key_id, row.destroyed_at, row.destroyed_by) == (destroyed.key_id, NOW, "system:test")
    assert str(row) == "PLATE_READ/2026-11-24"


def test_live_scopes_come_from_the_store() -> None:
    services.get_or_create_keys(scope=SCOPE)
    assert selectors.list_live_scopes(category="PLATE_READ") == [SCOPE]
    services.destroy_key(scope=SCOPE, actor="system:test", now=NOW)
    assert selectors.list_live_scopes(category="PLATE_READ") == []


@pytest.mark.parametrize("statement", ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["keys_keystore", "keys_datakey"])
def test_what_is_known_of_keys_cannot_be_rewritten(table: str, statement: str) -> None:
    services.open_key_store()
    assert str(KeyStore.objects.get()).startswith("key store ")
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_no_table_holds_a_key(key_store: Path) -> None:
    keys = services.get_or_create_keys(scope=SCOPE)
    store = FileKeyStore(key_store)
    row = KeyStore.objects.get()
    secrets = {store.read_kek(), store.read(SCOPE)[1], store.read_signing_key().private_bytes_raw(), keys.cipher_key}
    assert bytes(row.public_key) not in secrets
    assert not any(secret.hex().startswith(row.kek_fingerprint) for secret in secrets)
