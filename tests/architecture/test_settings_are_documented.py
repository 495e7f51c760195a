"""Every environment variable that the code reads stands in the settings document, and none that it does not."""

from __future__ import annotations

import re
from pathlib import Path

from rtcc_gov.documented import SETTINGS

PROJECT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:env\.\w+\(|environ(?:\.get|\.setdefault|\.pop)?[(\[]|getenv\()\s*["'](RTCC_[A-Z0-9_]+)["']""")


def test_variables_read_and_documented_are_the_same() -> None:
    files = [p for folder in ("apps", "rtcc_gov", "tests", "benchmarks") for p in (PROJECT / folder).rglob("*.py")]
    read = {name for path in files for name in READ.findall(path.read_text(encoding="utf-8"))}
    assert read - {"RTCC_TEST_SERVER_URL"} == set(SETTINGS)
