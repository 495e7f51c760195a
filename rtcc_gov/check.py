"""What does `make check` look at? Every check runs, each is timed, and the exit code is that of the worst."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
DEPLOYED = {
    "RTCC_DEMO": "0",
    "RTCC_DEBUG": "0",
    "RTCC_ALLOWED_HOSTS": "rtcc.example.gov",
    "RTCC_SECRET_KEY": "only-for-the-deployment-check-" + "k3Yz9Qw7Lm2Xc8Vb" * 3,
}
CHECKS: tuple[tuple[str, list[str], dict[str, str]], ...] = (
    ("format", [str(BIN / "ruff"), "format", "--check", "."], {}),
    ("lint", [str(BIN / "ruff"), "check", "."], {}),
    ("types", [str(BIN / "mypy")], {}),
    ("import contracts", [str(BIN / "lint-imports")], {}),
    ("guards", [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/architecture"], {"RTCC_TEST_NAME": "check"}),
    ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
    ("deployment", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], DEPLOYED),
    ("templates", [str(BIN / "djlint"), "templates", "--lint", "--quiet"], {}),
    ("generated docs", [*MANAGE, "rtcc_gov_write_docs", "--check"], {}),
)


def run(name: str, command: list[str], extra: dict[str, str]) -> bool:
    began = time.monotonic()
    result = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **extra}, capture_output=True, text=True, check=False
    )
    print(f"{'ok  ' if result.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    if result.returncode:
        print(result.stdout + result.stderr, flush=True)
    return result.returncode == 0


def main() -> int:
    # Every check runs, so that one failure does not hide another.
    results = [run(*check) for check in CHECKS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
