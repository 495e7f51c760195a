"""Keys live in files that appear whole, open for their owner only, and go for good."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.keys import file_store
from apps.keys.file_store import FileKeyStore, KeyDestroyed, KeyMissing, KeyStoreUnavailable
from apps.keys.types import KeyScope

SCOPE = KeyScope(category="PLATE_READ", label="2026-11-24")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 12, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(tmp_path: Path) -> FileKeyStore:
    store = FileKeyStore(tmp_path / "keys")
    store.create()
    return store


def key_file(store: FileKeyStore) -> Path:
    return store.directory / "data" / "PLATE_READ" / "2026-11-24.key"


def test_a_new_store_is_open_to_its_owner_only(store: FileKeyStore) -> None:
    store.get_or_create(SCOPE)
    assert store.directory.stat().st_mode & 0o777 == 0o700
    files = [path for path in store.directory.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"kek.key", "signing.key", "2026-11-24.key", ".lock"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_making_it_again_changes_no_key(store: FileKeyStore) -> None:
    kek, signing = store.read_kek(), store.read_signing_key().private_bytes_raw()
    store.create()
    assert store.read_kek() == kek
    assert store.read_signing_key().private_bytes_raw() == signing


def test_a_store_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(KeyStoreUnavailable, match="cannot be made: Not a directory"):
        FileKeyStore(tmp_path / "file" / "keys").create()


def test_a_scope_keeps_its_key(store: FileKeyStore) -> None:
    made = store.get_or_create(SCOPE)
    assert store.get_or_create(SCOPE) == made == store.read(SCOPE)
    assert made[1] not in key_file(store).read_bytes()
    assert store.get_or_create(KeyScope(category="PLATE_READ", label="2026-11-25"))[1] != made[1]


def test_a_scope_without_a_key_is_missing(store: FileKeyStore) -> None:
    with pytest.raises(KeyMissing):
        store.read(SCOPE)
    with pytest.raises(KeyMissing):
        store.destroy(SCOPE, actor="system:test", now=NOW)


def test_processes_that_ask_at_once_get_one_key(store: FileKeyStore) -> None:
    program = (
        "import sys; from pathlib import Path; from apps.keys.file_store import FileKeyStore; "
        "from apps.keys.types import KeyScope; store = FileKeyStore(Path(sys.argv[1])); sys.stdin.readline(); "
        "print([store.get_or_create(KeyScope(category='RACE', label=str(n)))[1].hex() for n in range(40)])"
    )
    command = [sys.executable, "-c", program, str(store.directory)]
    processes = [
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert len(answers) == 1
    assert len(set(eval(answers.pop()))) == 40  # noqa: S307


@pytest.mark.parametrize("mode", [0o640, 0o644, 0o400, 0o700])
def test_a_key_file_with_another_mode_is_refused(store: FileKeyStore, mode: int) -> None:
    (store.directory / "kek.key").chmod(mode)
    with pytest.raises(KeyStoreUnavailable, match=f"has mode {mode:04o}"):
        store.read_kek()


@pytest.mark.parametrize("content", [b"", b"rtcc-key-1\n", b"rtcc-key-1\n" + b"x" * 31, b"y" * 43])
def test_a_damaged_key_file_is_refused(store: FileKeyStore, content: bytes) -> None:
    (store.directory / "kek.key").write_bytes(content)
    with pytest.raises(KeyStoreUnavailable, match="damaged or belongs to another"):
        store.read_kek()


def test_without_the_key_file_nothing_opens(store: FileKeyStore) -> None:
    store.get_or_create(SCOPE)
    (store.directory / "kek.key").unlink()
    for act in (
        store.read_kek,
        store.read_signing_key,
        lambda: store.read(SCOPE),
        lambda: store.get_or_create(KeyScope(category="CASE", label="new")),
    ):
        with pytest.raises(KeyStoreUnavailable, match=r"kek\.key cannot be read: No such file"):
            act()


def test_another_key_file_opens_nothing(store: FileKeyStore) -> None:
    store.get_or_create(SCOPE)
    (store.directory / "kek.key").unlink()
    store.create()
    for act in (store.read_signing_key, lambda: store.read(SCOPE)):
        with pytest.raises(KeyStoreUnavailable, match="damaged or belongs to another"):
            act()


def test_a_key_under_another_scopes_name_does_not_open(store: FileKeyStore) -> None:
    store.get_or_create(SCOPE)
    key_file(store).rename(key_file(store).with_name("2026-11-25.key"))
    with pytest.raises(KeyStoreUnavailable, match="damaged"):
        store.read(KeyScope(category="PLATE_READ", label="2026-11-25"))


def test_files_that_cannot_be_read_are_told(store: FileKeyStore) -> None:
    (store.directory / "signing.key").unlink()
    with pytest.raises(KeyStoreUnavailable, match=r"signing\.key cannot be read"):
        store.read_signing_key()
    key_file(store).mkdir(parents=True)
    with pytest.raises(KeyStoreUnavailable, match="cannot be read: Is a directory"):
        store.read(SCOPE)
    (store.directory / "data" / "BROKEN").write_text("a file where a folder belongs")
    with pytest.raises(KeyStoreUnavailable, match="BROKEN cannot be read"):
        store.destroy(KeyScope(category="BROKEN", label="x"), actor="system:test", now=NOW)


def test_a_destroyed_key_is_gone_for_good(store: FileKeyStore) -> None:
    key_id, _ = store.get_or_create(SCOPE)
    destroyed = store.destroy(SCOPE, actor="system:test", now=NOW)
    assert (destroyed.key_id, destroyed.destroyed_at, destroyed.destroyed_by) == (key_id, NOW, "system:test")
    assert not key_file(store).exists()
    for act in (store.read, store.get_or_create):
        with pytest.raises(KeyDestroyed):
            act(SCOPE)


def test_destroying_again_returns_the_first_destruction(store: FileKeyStore) -> None:
    store.get_or_create(SCOPE)
    first = store.destroy(SCOPE, actor="system:test", now=NOW)
    assert store.destroy(SCOPE, actor="P-0001", now=LATER) == first


def test_destroying_needs_no_key_encryption_key(store: FileKeyStore) -> None:
    store.get_or_create(SCOPE)
    (store.directory / "kek.key").unlink()
    store.destroy(SCOPE, actor="system:test", now=NOW)
    assert not key_file(store).exists()


def test_the_key_is_overwritten_wherever_the_file_is_linked(store: FileKeyStore, tmp_path: Path) -> None:
    store.get_or_create(SCOPE)
    content = key_file(store).read_bytes()
    os.link(key_file(store), tmp_path / "left-behind")
    store.destroy(SCOPE, actor="system:test", now=NOW)
    assert len((tmp_path / "left-behind").read_bytes()) == len(content)
    assert (tmp_path / "left-behind").read_bytes() != content


@pytest.mark.parametrize("step", ["_overwrite", "_sync_directory"])
def test_a_destruction_cut_short_is_finished_by_the_next(
    store: FileKeyStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store.get_or_create(SCOPE)

    def die(path: Path) -> None:
        if step == "_overwrite" or not key_file(store).exists():
            raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(file_store, step, die)
        with pytest.raises(InterruptedError):
            store.destroy(SCOPE, actor="system:test", now=NOW)
    with pytest.raises(KeyDestroyed):
        store.read(SCOPE)
    assert store.list_live("PLATE_READ") == []
    assert store.destroy(SCOPE, actor="system:again", now=LATER).destroyed_at == NOW
    assert not key_file(store).exists()


def test_a_key_that_goes_while_it_is_read_is_destroyed_and_not_damaged(
    store: FileKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.get_or_create(SCOPE)
    read_kek = store.read_kek

    def destroy_meanwhile() -> bytes:
        store.destroy(SCOPE, actor="system:test", now=NOW)
        return read_kek()

    monkeypatch.setattr(store, "read_kek", destroy_meanwhile)
    with pytest.raises(KeyDestroyed):
        store.read(SCOPE)


def test_another_process_may_make_the_key_while_this_one_waits(
    store: FileKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FileKeyStore(store.directory)
    read = store.read
    made = []

    def make_meanwhile(scope: KeyScope):  # type: ignore[no-untyped-def]
        if not made:
            made.append(other.get_or_create(scope))
            raise KeyMissing("not yet")
        return read(scope)

    monkeypatch.setattr(store, "read", make_meanwhile)
    assert store.get_or_create(SCOPE) == made[0]


def test_live_scopes_are_listed_by_label(store: FileKeyStore) -> None:
    assert store.list_live("PLATE_READ") == []
    for label in ("2026-11-25", "2026-11-24", "2026-11-23"):
        store.get_or_create(KeyScope(category="PLATE_READ", label=label))
    store.destroy(KeyScope(category="PLATE_READ", label="2026-11-24"), actor="system:test", now=NOW)
    assert [scope.label for scope in store.list_live("PLATE_READ")] == ["2026-11-23", "2026-11-25"]
