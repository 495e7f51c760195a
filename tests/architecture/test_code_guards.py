"""What the import linter cannot see: second doors to rows, raw SQL, unsafe templates, checks that vanish with -O."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("apps", "rtcc_gov")
    for path in (PROJECT / folder).rglob("*.py")
    if "migrations" not in path.parts
)

# Where raw SQL stands, and why it has to.
RAW_SQL = {
    "apps/access/grants.py": "opens, activates and releases grants by the owner's functions",
    "apps/ingestion/door.py": "COPY and the insert behind it, in the role that may only insert",
    "apps/ledger/database_log.py": "reads leaves and entries side by side, in one snapshot",
    "apps/ledger/sealing.py": "takes what is pending, listens for more",
    "apps/ledger/selectors.py": "groups entries by a detail of their JSON",
    "apps/ledger/services.py": "inserts many entries in one statement",
    "apps/records/partitions.py": "makes and drops partitions by the owner's functions",
    "apps/records/reads.py": "asks each day's partition for its own token",
    "rtcc_gov/tour/bypass.py": "tries the ways round the doors",
    "rtcc_gov/tour/looking.py": "watches which statements are sent; sends none",
    "rtcc_gov/tour/purging.py": "plays the intruder with a copy of a day",
    "apps/core/bootstrap.py": "roles, logins and the database are made before Django can connect",
    "apps/core/db.py": "roles and advisory locks have no ORM form",
    "apps/core/embedded.py": "asks the server who else is connected",
    "apps/ordinance/counting.py": "counts log entries in the database, in the auditor's role",
    "apps/records/preserved.py": "opens, copies and deletes governed rows in the role that each takes",
    "apps/retention/selectors.py": "measures partitions",
    "apps/retention/services/destruction.py": "bounds how long a drop waits",
    "apps/retention/tallies.py": "adds up arrays, and empties them in the purge role",
    "rtcc_gov/health.py": "asks whether the database answers",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def calls(tree: ast.AST) -> set[str]:
    return {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_second_door(path: Path) -> None:
    used = calls(ast.parse(path.read_text(encoding="utf-8")))
    assert not used & {"get_model", "mark_safe", "eval", "exec"}, "a second door or unsafe output"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_relies_on_assert(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def test_raw_sql_stands_only_where_it_is_listed() -> None:
    found = {
        name_of(path)
        for path in SOURCES
        if calls(ast.parse(path.read_text(encoding="utf-8"))) & {"execute", "executemany", "raw", "copy", "RawSQL"}
    }
    assert found == set(RAW_SQL)


def test_no_page_carries_a_script_or_a_style_of_its_own() -> None:
    offending = [
        name_of(path)
        for path in (PROJECT / "templates").rglob("*.html")
        if re.search(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son\w+=|\|safe\b", path.read_text(encoding="utf-8"))
    ]
    assert offending == []


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.stem in {"services", "selectors", "models"}], ids=name_of
)
def test_what_decides_knows_no_http(path: Path) -> None:
    imported = {
        node.module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not [name for name in imported if name.startswith(("django.http", "django.shortcuts", "django.views"))]
