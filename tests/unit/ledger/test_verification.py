"""Whatever was done to a log is found, named and located."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.ledger import tree
from apps.ledger.bundle import BundleSource, BundleUnreadable
from apps.ledger.note import Verifier
from apps.ledger.verification import EntryChunk, Finding, LogCopy, verify_log
from tests.unit.ledger.logs import VERIFIER, make_entries, make_log, rewrite, sign, write_log

PROJECT = Path(__file__).resolve().parents[3]
SIZES = (3, 3, 256, 300, 512, 700)


def found(log: LogCopy | BundleSource) -> tuple[str, int | None]:
    verdict = verify_log(log)
    assert verdict.ok == (verdict.code == "") == (verdict.problem == "")
    return verdict.code, verdict.first_bad_index


@pytest.mark.parametrize("sizes", [(0,), (1,), (255,), (256,), (257,), SIZES, (512,), (100, 200, 700)])
def test_an_untouched_log_is_whole(sizes: tuple[int, ...]) -> None:
    log = make_log(*sizes)
    verdict = verify_log(log)
    assert verdict.ok
    assert (verdict.size, verdict.entries, verdict.checkpoints) == (sizes[-1], sizes[-1], len(sizes))
    frontier = tree.Frontier()
    frontier.extend(log.leaf_hashes)
    assert verdict.root == frontier.root()


def test_a_log_that_was_never_sealed_is_whole_and_empty() -> None:
    verdict = verify_log(LogCopy(verifier=VERIFIER, checkpoints=(), entries=[]))
    assert (verdict.ok, verdict.size, verdict.root) == (True, 0, tree.EMPTY_ROOT)


def test_progress_is_told_and_ends_at_the_end() -> None:
    told: list[tuple[int, int]] = []
    verify_log(make_log(700), on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (700, 700)
    assert len(told) > 1


def change(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], entries[at][:-1] + b"!", *entries[at + 1 :]]


def drop(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], *entries[at + 1 :]]


def insert(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], b"forged", *entries[at:]]


def swap(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]


@pytest.mark.parametrize("at", [0, 1, 254, 255, 256, 400, 510, 512, 697])
@pytest.mark.parametrize(
    ("tamper", "code"),
    [(change, "ENTRY_CHANGED"), (drop, "ENTRY_DROPPED"), (insert, "ENTRY_INSERTED"), (swap, "ENTRIES_SWAPPED")],
)
def test_tampering_is_located(tamper: Callable[[list[bytes], int], list[bytes]], code: str, at: int) -> None:
    log = make_log(*SIZES)
    tampered = replace(log, entries=tamper(list(log.entries), at))
    # Where a tile ends, what comes next is not in sight: then the entry counts as changed.
    expected = "ENTRY_CHANGED" if at % 256 == 255 else code
    assert found(tampered) == (expected, at)


@pytest.mark.parametrize("at", [0, 1, 255, 256, 511, 512, 699])
def test_a_cut_tail_is_located(at: int) -> None:
    log = make_log(*SIZES)
    assert found(replace(log, entries=log.entries[:at])) == ("LOG_CUT", at)
    both = replace(log, entries=log.entries[:at], leaf_hashes=log.leaf_hashes[:at])
    assert found(both) == ("LOG_CUT", at)


@pytest.mark.parametrize("size", [700, 768])
def test_an_entry_behind_the_last_checkpoint_is_told(size: int) -> None:
    log = make_log(size)
    more = [*log.entries, b"unsealed"]
    assert found(replace(log, entries=more)) == ("ENTRY_INSERTED", size)
    assert found(replace(log, entries=more, leaf_hashes=tree.hash_leaves(more))) == ("ENTRY_UNSIGNED", size)


def test_an_entry_changed_along_with_its_hash_is_found_by_the_first_checkpoint_over_it() -> None:
    log = make_log(*SIZES)
    for at, covered in ((1, 0), (299, 256), (300, 300), (511, 300), (699, 512)):
        entries = change(list(log.entries), at)
        forged = replace(log, entries=entries, leaf_hashes=tree.hash_leaves(entries))
        assert found(forged) == ("CHECKPOINT_FORKED", covered)


def test_a_checkpoint_of_another_history_is_found() -> None:
    log = make_log(100, 200, 300)
    forked = sign(change(make_entries(200), 150), seconds=1)
    notes = (log.checkpoints[0], forked, log.checkpoints[2])
    assert found(replace(log, checkpoints=notes)) == ("CHECKPOINT_FORKED", 100)
    two = (log.checkpoints[0], log.checkpoints[1], forked, log.checkpoints[2])
    assert found(replace(log, checkpoints=two)) == ("CHECKPOINT_FORKED", 200)


def test_a_checkpoint_that_shrinks_the_log_is_found() -> None:
    log = make_log(100, 200, 300)
    notes = (log.checkpoints[1], log.checkpoints[0], log.checkpoints[2])
    assert found(replace(log, checkpoints=notes)) == ("CHECKPOINT_FORKED", 100)


def test_a_wrong_signature_is_found() -> None:
    log = make_log(100, 200, 300)
    forged = sign(make_entries(200), seconds=1, key=Ed25519PrivateKey.generate())
    notes = (log.checkpoints[0], forged, log.checkpoints[2])
    assert found(replace(log, checkpoints=notes)) == ("SIGNATURE_WRONG", 100)
    assert found(replace(log, checkpoints=(forged,))) == ("SIGNATURE_WRONG", 0)


def test_a_checkpoints_time_that_goes_back_is_found() -> None:
    log = make_log(100, 200)
    late = sign(make_entries(100), seconds=60)
    assert found(replace(log, checkpoints=(late, log.checkpoints[1]))) == ("TIME_WENT_BACK", 100)


def test_what_the_source_finds_or_misses_is_told() -> None:
    class Odd(LogCopy):
        def chunks(self, size: int):  # type: ignore[no-untyped-def]
            finding = Finding(code="COLUMNS_CHANGED", index=5, problem="odd")
            yield EntryChunk(entries=[], recorded=b"", finding=finding)

    class Gone(LogCopy):
        def chunks(self, size: int):  # type: ignore[no-untyped-def]
            yield EntryChunk(entries=[b"a", None], recorded=bytes(64))

    class Mislaid(LogCopy):
        def holds_tile(self, tile: tree.Tile) -> bool:
            return tile.index != 1

    log = make_log(700)
    parts = {"verifier": VERIFIER, "checkpoints": log.checkpoints, "entries": log.entries}
    assert found(Odd(**parts)) == ("COLUMNS_CHANGED", 5)  # type: ignore[arg-type]
    assert found(Gone(**parts)) == ("ENTRY_MISSING", 1)  # type: ignore[arg-type]
    assert found(Mislaid(**parts, leaf_hashes=log.leaf_hashes)) == ("TILE_CHANGED", 256)  # type: ignore[arg-type]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "log.zip"
    write_log(path, make_log(*SIZES))
    return path


def test_a_bundle_is_verified_without_a_database(bundle: Path) -> None:
    source = BundleSource(bundle)
    verdict = verify_log(source)
    source.close()
    assert (verdict.ok, verdict.size, verdict.checkpoints) == (True, 700, len(SIZES))


@pytest.mark.parametrize(
    ("changes", "code", "index"),
    [
        ({"tile/entries/001": None}, "LOG_CUT", 256),
        ({"tile/0/001": None}, "ENTRY_INSERTED", 256),
        ({"tile/entries/001": None, "tile/0/001": None}, "LOG_CUT", 256),
        ({"tile/0/002.p/188": bytes(188 * 32)}, "ENTRY_CHANGED", 512),
        ({"tile/entries/000": b"\x00\x03{}!"}, "ENTRY_CHANGED", 0),
    ],
)
def test_a_bundle_that_was_tampered_with_is_located(
    bundle: Path, changes: dict[str, bytes | None], code: str, index: int
) -> None:
    rewrite(bundle, changes)
    assert found(BundleSource(bundle)) == (code, index)


def test_an_upper_tile_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "log.zip"
    write_log(path, make_log(256 * 256))
    assert found(BundleSource(path)) == ("", None)
    rewrite(path, {"tile/1/000": bytes(8192)})
    assert found(BundleSource(path)) == ("TILE_CHANGED", 0)


def test_a_bundle_of_another_log_does_not_pass_with_the_key_one_has(bundle: Path) -> None:
    other = Verifier(name=VERIFIER.name, public_key=Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert found(BundleSource(bundle, verifier=other)) == ("SIGNATURE_WRONG", 0)
    assert found(BundleSource(bundle, verifier=VERIFIER)) == ("", None)


def test_a_log_that_was_cut_and_signed_anew_contradicts_a_kept_checkpoint(tmp_path: Path) -> None:
    kept = make_log(*SIZES).checkpoints[-1]
    path = tmp_path / "log.zip"
    write_log(path, make_log(300))
    assert found(BundleSource(path)) == ("", None)
    assert found(BundleSource(path, known_notes=[kept]))[0] == "LOG_CUT"
    write_log(path, make_log(*SIZES))
    assert found(BundleSource(path, known_notes=[kept])) == ("", None)
    assert found(BundleSource(path, known_notes=["no note"])) == ("SIGNATURE_WRONG", 700)


@pytest.mark.parametrize(
    "changes",
    [
        {"verifier.txt": None},
        {"verifier.txt": b"nonsense"},
        {"verifier.txt": b"\xff"},
        {"checkpoints.json": None},
        {"checkpoints.json": msgspec.json.encode({"a": 1})},
    ],
)
def test_what_is_no_bundle_is_refused(bundle: Path, changes: dict[str, bytes | None]) -> None:
    rewrite(bundle, changes)
    with pytest.raises(BundleUnreadable):
        BundleSource(bundle)


def test_a_file_that_is_no_zip_or_is_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.zip").write_bytes(b"not a zip file")
    for name in ("log.zip", "missing.zip"):
        with pytest.raises(BundleUnreadable):
            BundleSource(tmp_path / name)


def test_a_bundle_of_an_empty_log_has_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "log.zip"
    write_log(path, LogCopy(verifier=VERIFIER, checkpoints=(), entries=[]))
    assert found(BundleSource(path)) == ("", None)


def test_verification_imports_no_django() -> None:
    program = (
        "import sys, apps.ledger.verification, apps.ledger.bundle, apps.ledger.note; print('django' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
