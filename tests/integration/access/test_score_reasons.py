"""`access_score_reasons`: one object a row and the totals; and the document that says what was measured."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.access import reason_rates

CSV = "reason,caseNumber\ninvestigation,\n211PC,\n211PC,26017734\n,\n"


@pytest.fixture
def reasons_file(tmp_path: Path) -> Path:
    path = tmp_path / "reasons.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("access_score_reasons", *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_an_object_a_row_and_the_totals(reasons_file: Path) -> None:
    *rows, totals = map(json.loads, run(str(reasons_file), "--json").splitlines())
    assert [(row["row"], row["grade"]) for row in rows] == [
        (1, "GENERIC"),
        (2, "NO_CASE"),
        (3, "SPECIFIC"),
        (4, "BLANK"),
    ]
    assert rows[0] == {
        "row": 1,
        "grade": "GENERIC",
        "score": 0.0,
        "findings": ["REASON_GENERIC", "CASE_NUMBER_MISSING"],
        "is_vague": True,
    }
    assert (totals["totals"]["rows"], totals["vague"], totals["share_vague"]) == (4, 2, 0.5)


def test_other_columns_can_be_named_and_no_case_column_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("why\nburglary\n", encoding="utf-8")
    assert "| NO_CASE | says something (an offence counts), but names no case | 1 | 100.0% | 0.0% |" in run(
        str(path), "--column", "why"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"other\nx\n", "no column"), (b"reason\n\xff\xfe\n", "not UTF-8"), (b"", "no column"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_scored_is_told(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=says):
        run(str(path))


def test_an_empty_file_has_no_rates(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("reason\n", encoding="utf-8")
    assert json.loads(run(str(path), "--json"))["share_vague"] == 0.0


def test_the_document_is_written_from_what_was_measured(
    reasons_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings
) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "docs").mkdir()
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(reason_rates, "RATES", tmp_path / "rates.json")
    run(str(reasons_file), "--write-docs")
    written = (tmp_path / "docs" / "reasons.md").read_text(encoding="utf-8")
    assert written == reason_rates.get_document()
    assert "Measured on the 4 rows of `reasons.csv`" in written
    assert "Stale" not in written
    monkeypatch.setattr(reason_rates, "digest_check", lambda: "another")
    assert "**Stale:**" in reason_rates.get_document()


def test_the_projects_document_is_as_measured_and_beyond_the_floor() -> None:
    rates = reason_rates.read_rates(reason_rates.RATES)
    assert rates.share_vague >= reason_rates.FLOOR
    document = Path(__file__).resolve().parents[3] / "docs" / "reasons.md"
    assert document.read_text(encoding="utf-8") == reason_rates.get_document()
    assert "Stale" not in reason_rates.get_document()
