"""The import contracts hold, and each of them fails on a deliberate breach."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"

BREACHES = {
    "Apps depend downwards only": ("apps/keys/breach.py", "import apps.ledger.services\n"),
    "Inside an app, the layers hold": (
        "apps/ledger/events.py",
        "import apps.ledger.services\n",
    ),
    "Another app is seen through its public face": (
        "apps/audit/breach.py",
        "import apps.records.models\n",
    ),
    "Rules, types and events are plain Python": ("apps/policy/types.py", "import django.db\n"),
    "Services, selectors and models know no HTTP and no queue": ("apps/access/services.py", "import celery\n"),
    "No app knows the project": ("apps/core/breach.py", "import rtcc_gov.settings\n"),
}


def run_linter(folder: Path) -> str:
    result = subprocess.run(
        [LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder)}
    )
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def breached_copy(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("copy")
    for name in ("apps", "rtcc_gov"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", folder)
    for path, line in BREACHES.values():
        with (folder / path).open("a") as file:
            file.write(line)
    return run_linter(folder)


def test_the_contracts_hold() -> None:
    output = run_linter(PROJECT)
    assert " 0 broken" in output, output


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_is_told(contract: str, breached_copy: str) -> None:
    assert f"{contract} BROKEN" in breached_copy.splitlines(), breached_copy
