"""The commands do nothing without --commit, and say in a sentence what they did or why not."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.ingestion import selectors
from tests.factories.accounts import make_demo_actor
from tests.integration.ingestion.conftest import HEAD, count_rows, list_events, make_csv, make_row

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    out = StringIO()
    call_command(*[str(argument) for argument in arguments], stdout=out)
    return out.getvalue()


def test_a_source_is_registered_approved_and_delivers(importer: str, reader_device: None, tmp_path: Path) -> None:
    path = tmp_path / "reads.csv"
    path.write_bytes(make_csv(4))
    other = make_demo_actor("ADMINISTRATOR").reference
    register = ("ingestion_register_source", "gate", "--name", "Gate", "--adapter", "CSV_READS", "--actor", other)
    assert "Would register" in run(*register)
    assert selectors.list_sources() == []
    run(*register, "--commit")
    assert "Would approve" in run("ingestion_approve_source", "gate", "--actor", importer)
    with pytest.raises(CommandError, match="APPROVER_IS_REGISTRAR"):
        run("ingestion_approve_source", "gate", "--actor", other, "--commit")
    run("ingestion_approve_source", "gate", "--actor", importer, "--commit")

    dry = run("ingestion_import_file", "gate", path, "--actor", importer)
    assert "4 would be written" in dry
    assert "Nothing was stored" in dry
    assert count_rows() == 0
    assert "4 accepted, 0 known already" in run("ingestion_import_file", "gate", path, "--actor", importer, "--commit")
    told = json.loads(run("ingestion_import_file", "gate", path, "--actor", importer, "--commit", "--json"))
    assert (told["accepted"], told["duplicates"], told["state"]) == (0, 4, "FINISHED")


def test_rejected_rows_are_counted_and_retried(make_source, importer: str, reader_device: None, tmp_path: Path) -> None:
    make_source()
    path = tmp_path / "reads.csv"
    path.write_text(HEAD + make_row(1, plate="🚗"))
    run("ingestion_import_file", "gate", path, "--actor", importer, "--commit")
    assert "1 rows wait" in run("ingestion_retry_rejected", "gate", "--actor", importer)
    assert "1 tried, 0 stored, 1 still rejected" in run(
        "ingestion_retry_rejected", "gate", "--actor", importer, "--commit"
    )


def test_a_refusal_is_an_error_with_its_code(make_source, importer: str, tmp_path: Path) -> None:
    make_source(is_approved=False)
    path = tmp_path / "reads.csv"
    path.write_bytes(make_csv(1))
    with pytest.raises(CommandError, match="SOURCE_NOT_APPROVED"):
        run("ingestion_import_file", "gate", path, "--actor", importer, "--commit")
    with pytest.raises(CommandError, match="SOURCE_MISSING"):
        run("ingestion_import_file", "nowhere", path, "--actor", importer)
    with pytest.raises(CommandError, match="SOURCE_EXISTS"):
        run(
            "ingestion_register_source",
            "gate",
            "--name",
            "G",
            "--adapter",
            "CSV_READS",
            "--actor",
            importer,
            "--commit",
        )
    with pytest.raises(CommandError, match="SOURCE_NOT_APPROVED"):
        run("ingestion_retry_rejected", "gate", "--actor", importer, "--commit")
    assert [event for event, _ in list_events("IMPORT_REFUSED")] == ["IMPORT_REFUSED"]
