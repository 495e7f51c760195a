"""Every command that the README gives is run, or is what runs this test."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.factories.policy import put_dc_policy_in_force

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")

# Run elsewhere: which test or script runs it.
RUN_ELSEWHERE = {
    "make run": "tests/integration/test_make_run.py",
    "make test": "the command that runs this test",
    "make check": ".ci/run, before the tests",
    "make bench": "measured by hand; its parts below",
    ".venv/bin/python manage.py tour": "tests/integration/test_make_run.py",
}
RUN_HERE = {
    "make bench ONLY=ledger": ["make", "bench", "ONLY=verify", "ARGS=--verify-entries 5000"],
    ".venv/bin/python manage.py ledger_verify_log": [sys.executable, "manage.py", "ledger_verify_log", "--json"],
    ".venv/bin/python manage.py access_score_reasons PATH.csv --json": [
        sys.executable,
        "manage.py",
        "access_score_reasons",
        "{csv}",
        "--json",
    ],
    ".venv/bin/python manage.py demo_generate_city --help": [
        sys.executable,
        "manage.py",
        "demo_generate_city",
        "--help",
    ],
    ".venv/bin/python manage.py retention_destroy_due": [sys.executable, "manage.py", "retention_destroy_due"],
}


def list_commands() -> set[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = {line.strip() for block in blocks for line in block.splitlines() if line.strip()}
    return lines | set(re.findall(r"`((?:make |\.venv/bin/)[^`]+)`", README))


def test_every_command_is_accounted_for() -> None:
    assert list_commands() == set(RUN_ELSEWHERE) | set(RUN_HERE)


@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_runs(command: str, committed_db: None, key_store: Path, tmp_path: Path) -> None:
    put_dc_policy_in_force(now=datetime.now(UTC))
    table = tmp_path / "reasons.csv"
    table.write_text("reason,caseNumber\ninvestigation,\nStolen car seen leaving the robbery,16118172\n")
    environment = {**os.environ, "RTCC_KEY_STORE_DIR": str(key_store)}
    line = [part.format(csv=table) for part in RUN_HERE[command]]
    if line[0] == "make":
        environment = {name: value for name, value in environment.items() if not name.startswith("RTCC_")}
    result = subprocess.run(
        line, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    if "--json" in line:
        assert all(json.loads(row) for row in result.stdout.splitlines())
