"""What a superuser does to the tables cannot be prevented; it is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from apps.core.db import Role, acting_as
from apps.ledger import selectors, services
from apps.ledger.database_log import copy_log, verify_stored_log
from apps.ledger.models import Checkpoint, Entry, Leaf, Pending, Tile
from apps.ledger.types import Receipt

pytestmark = pytest.mark.usefixtures("committed_db")
Write = Callable[[int], list[Receipt]]
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def tamper(database_admin_url: str) -> Callable[[str], None]:
    """Run a statement as a superuser with the triggers off."""

    def run(statement: str) -> None:
        with psycopg.connect(database_admin_url, autocommit=True) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute(statement)  # type: ignore[call-overload]

    return run


@pytest.fixture
def sealed(write: Write) -> list[Receipt]:
    receipts = write(400)
    services.seal_pending()
    return receipts


@pytest.mark.parametrize(
    ("statement", "code", "index"),
    [
        ("UPDATE ledger_entry SET canonical = overlay(canonical placing '\\x58' from 30) WHERE id = {id}",
         "ENTRY_CHANGED", 299),
        ("UPDATE ledger_entry SET canonical = '\\x7b7d' WHERE id = {id}", "ENTRY_CHANGED", 299),
        ("UPDATE ledger_entry SET actor = 'P-0666' WHERE id = {id}", "COLUMNS_CHANGED", 299),
        ("UPDATE ledger_entry SET case_number = '24-1' WHERE id = {id}", "COLUMNS_CHANGED", 299),
        ("UPDATE ledger_entry SET recorded_at = recorded_at - interval '1 day' WHERE id = {id}",
         "COLUMNS_CHANGED", 299),
        ("DELETE FROM ledger_entry WHERE id = {id}", "ENTRY_MISSING", 299),
        ("DELETE FROM ledger_leaf WHERE index = 299", "ENTRY_MISSING", 299),
        ("DELETE FROM ledger_leaf WHERE index >= 299", "ENTRY_MISSING", 299),
        ("UPDATE ledger_leaf SET hash = sha256('x') WHERE index = 299", "ENTRY_CHANGED", 299),
        ("UPDATE ledger_leaf SET entry_id = -entry_id WHERE index = 299", "ENTRY_MISSING", 299),
        ("UPDATE ledger_tile SET hashes = overlay(hashes placing '\\x00' from 70)", "TILE_CHANGED", 0),
        ("UPDATE ledger_tile SET root = sha256('x')", "TILE_CHANGED", 0),
        ("DELETE FROM ledger_tile", "TILE_CHANGED", 0),
        ("UPDATE ledger_checkpoint SET note = replace(note, E'\\n400\\n', E'\\n401\\n')", "SIGNATURE_WRONG", 0),
        ("INSERT INTO ledger_leaf SELECT 400, -1, sha256('x')", "ENTRY_UNSIGNED", 400),
        ("INSERT INTO ledger_entry SELECT -id, gen_random_uuid(), event, actor, subject, agency, case_number, "
         "recorded_at, canonical FROM ledger_entry LIMIT 1", "ENTRY_OUTSIDE_QUEUE", None),
        ("INSERT INTO ledger_pending VALUES (-1)", "ENTRY_MISSING", None),
    ],
)  # fmt: skip
def test_tampering_with_the_tables_is_found(
    sealed: list[Receipt], tamper: Callable[[str], None], statement: str, code: str, index: int | None
) -> None:
    assert verify_stored_log().ok
    tamper(statement.format(id=sealed[299].entry_id))
    verdict = verify_stored_log()
    assert (verdict.code, verdict.first_bad_index) == (code, index)
    assert verdict.problem


def test_even_an_owner_meets_the_triggers(sealed: list[Receipt], database_admin_url: str) -> None:
    with psycopg.connect(database_admin_url, autocommit=True) as admin:
        for table in ("entry", "leaf", "tile", "checkpoint"):
            for statement in (f"UPDATE ledger_{table} SET ctid = ctid", f"DELETE FROM ledger_{table}"):
                with pytest.raises(psycopg.Error, match=r"append-only|system column"):
                    admin.execute(statement)
            with pytest.raises(psycopg.Error, match="append-only"):
                admin.execute(f"TRUNCATE ledger_{table}")
        for statement in ("UPDATE ledger_pending SET entry_id = 1", "TRUNCATE ledger_pending"):
            with pytest.raises(psycopg.Error, match="append-only"):
                admin.execute(statement)


def test_a_log_cut_back_to_an_old_checkpoint_contradicts_a_kept_one(
    write: Write, tamper: Callable[[str], None]
) -> None:
    write(10)
    services.seal_pending()
    write(5)
    services.seal_pending()
    kept = selectors.get_latest_checkpoint().note
    for statement in (
        "DELETE FROM ledger_checkpoint WHERE size = 15",
        "DELETE FROM ledger_entry WHERE id IN (SELECT entry_id FROM ledger_leaf WHERE index >= 10)",
        "DELETE FROM ledger_leaf WHERE index >= 10",
    ):
        tamper(statement)
    assert verify_stored_log().ok, "by itself it cannot be told"
    verdict = verify_stored_log(known_notes=[kept])
    assert (verdict.ok, verdict.first_bad_index) == (False, 10)


def test_nothing_is_sealed_over_a_gap(write: Write, tamper: Callable[[str], None]) -> None:
    receipts = write(3)
    tamper(f"DELETE FROM ledger_entry WHERE id = {receipts[1].entry_id}")
    with pytest.raises(IntegrityError):
        services.seal_pending()
    assert selectors.find_latest_checkpoint() is None


def test_the_bundle_shows_what_is_wrong_with_the_log(
    sealed: list[Receipt], tamper: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(f"DELETE FROM ledger_entry WHERE id = {sealed[299].entry_id}")
    assert copy_log().entries[299] == b""
    services.export_bundle(path=tmp_path / "log.zip")
    with pytest.raises(SystemExit):
        call_command("ledger_verify_log", "--bundle", str(tmp_path / "log.zip"), "--json")
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["ok"], verdict["code"], verdict["first_bad_index"]) == (False, "ENTRY_CHANGED", 299)


def test_the_command_says_what_it_found(
    sealed: list[Receipt], tamper: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = tmp_path / "log.zip", tmp_path / "kept.txt"
    call_command("ledger_export_log", str(path))
    assert "400 entries under 1 checkpoints" in capsys.readouterr().out
    kept.write_text(selectors.get_latest_checkpoint().note, encoding="utf-8")
    key = str(selectors.get_verifier())
    for arguments in ([], ["--bundle", str(path)], ["--bundle", str(path), "--key", key, "--checkpoint", str(kept)]):
        call_command("ledger_verify_log", *arguments)
        assert "The log is whole: 400 entries under" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Ed25519 public key"):
        call_command("ledger_verify_log", "--bundle", str(path), "--key", "log+00000000+AQ==")
    tamper("DELETE FROM ledger_leaf WHERE index = 7")
    with pytest.raises(SystemExit) as stop:
        call_command("ledger_verify_log")
    assert stop.value.code == 1
    assert "The entry at index 7 is gone." in capsys.readouterr().out


def test_a_bundle_that_cannot_be_written_leaves_nothing(
    sealed: list[Receipt], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "read_tile", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.export_bundle(path=tmp_path / "log.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_log_before_its_first_seal_can_be_exported(write: Write, tmp_path: Path) -> None:
    info = services.export_bundle(path=tmp_path / "log.zip")
    assert (info.size, info.checkpoints) == (0, 0)
    call_command("ledger_verify_log", "--bundle", str(tmp_path / "log.zip"))
    assert copy_log().entries == []


def test_the_log_is_sealed_by_hand(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(2)
    call_command("ledger_seal_log")
    told = json.loads(capsys.readouterr().out)
    assert (told["sealed"], told["size"], told["is_alone"]) == (2, 2, True)


def test_a_bundle_is_verified_where_there_is_no_database(sealed: list[Receipt], tmp_path: Path) -> None:
    services.export_bundle(path=tmp_path / "log.zip")
    elsewhere = os.environ | {"RTCC_DATABASE_URL": f"postgresql:///nowhere?host={tmp_path}"}
    command = [sys.executable, "manage.py", "ledger_verify_log", "--json", "--bundle", str(tmp_path / "log.zip")]
    answer = subprocess.run(command, cwd=PROJECT, env=elsewhere, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["size"] == 400


def test_rows_name_themselves(sealed: list[Receipt], write: Write) -> None:
    write(1)
    with acting_as(Role.AUDITOR):
        rows = [model.objects.first() for model in (Entry, Pending, Leaf, Tile, Checkpoint)]
    names = [f"LOG_TESTED {sealed[0].reference}", "pending 401", "leaf 0", "tile 0/0", "checkpoint 400"]
    assert [str(row) for row in rows] == names
