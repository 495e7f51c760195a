"""The demo's two commands: what they print, refuse and write."""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.access.models import Query
from rtcc_gov.demo.world import Recipe

SMALL = ("--reads", "300", "--days", "2", "--accesses", "20", "--misuse", "0.2", "--verbosity", "0")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_city_is_made_and_the_truth_written_apart(committed_db: None, tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    said = run("demo_generate_city", "--seed", "2", *SMALL, "--truth", str(path))
    assert "300 plate reads and 20 accesses" in said
    truth = json.loads(path.read_text())
    assert len(truth["planted"]) == 4
    assert len(truth["vehicles"]) == 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Query.objects.count() == 20
    with pytest.raises(CommandError, match="demo city already"):
        run("demo_generate_city", *SMALL)
    assert run("demo_set_up") == ""


def test_a_dry_run_writes_nothing(committed_db: None) -> None:
    assert "Would make 300 plate reads over 2 days and 20 accesses in a year, 4 of them misuse" in run(
        "demo_generate_city", *SMALL, "--dry-run"
    )
    assert not Query.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--reads", "-5"), "--reads"),
        (("--misuse", "2"), "share from 0 to 1"),
        (("--misuse", "some"), "share from 0 to 1"),
        (("--days", "0"), "a day at least"),
        (("--truth", "/nowhere/at/all/truth.json"), "no folder"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(db: None, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("demo_generate_city", *arguments)


def test_the_first_start_makes_the_city_and_the_second_finds_it(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rtcc_gov.demo.management.commands.demo_set_up.Recipe",
        lambda moment, reads: Recipe(moment=moment, reads=min(reads, 200), days=1, accesses=5),
    )
    assert "200 plate reads and 5 accesses" in run("demo_set_up", "--verbosity", "0")
    assert run("demo_set_up", "--verbosity", "0") == ""
