"""Measures the product and its baselines in one run, prints a table and writes `benchmarks/results/latest.json`.

Everything runs on an embedded PostgreSQL of the benchmarks' own, with the durability of production.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
RESULTS = PROJECT / "benchmarks" / "results" / "latest.json"
DOCUMENT = PROJECT / "docs" / "benchmarks.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", help="measure by name: lookup, door, ledger, verify, purge")
    parser.add_argument("--reads", type=int, default=300_000, help="reads in the table that lookups search")
    parser.add_argument("--door-rows", type=int, default=500_000)
    parser.add_argument("--ledger-entries", type=int, default=80_000)
    parser.add_argument("--verify-entries", type=int, default=1_000_000)
    parser.add_argument("--purge-rows", type=int, nargs="+", default=[100_000, 3_000_000])
    parser.add_argument("--lookups", type=int, default=400, help="requests a variant")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md from the last results")
    options = parser.parse_args()
    if options.write_docs:
        DOCUMENT.write_text(document(json.loads(RESULTS.read_text())), encoding="utf-8")
        return 0

    import tempfile

    from apps.core import embedded

    folder = Path(tempfile.mkdtemp(prefix="rtcc-bench-"))
    os.environ.update(
        RTCC_VAR_DIR=str(folder),
        RTCC_DEMO="1",
        RTCC_PROCESS="operator",
        DJANGO_SETTINGS_MODULE="benchmarks.settings",
    )
    server, _ = embedded.start_server(folder / "postgres")
    os.environ["RTCC_DATABASE_ADMIN_URL"] = embedded.server_url(server, user="postgres", database="postgres")
    os.environ["RTCC_DATABASE_URL"] = embedded.server_url(server, database="rtcc")
    try:
        results = run(options)
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(table(results))
    return 0


def run(options: argparse.Namespace) -> dict[str, object]:
    import subprocess

    import django

    django.setup()
    from django.db import connection

    from benchmarks import suites
    from benchmarks.measure import machine_facts

    subprocess.run(
        [sys.executable, "manage.py", "core_prepare_database", "--verbosity", "0"],
        cwd=PROJECT,
        env={**os.environ, "RTCC_PROCESS": "setup"},
        check=True,
    )
    measures = []
    for name, suite in suites.SUITES.items():
        if options.only and name not in options.only:
            continue
        began = time.monotonic()
        print(f"· {name} …", file=sys.stderr, flush=True)
        found = suite(options)
        measures += found
        for measure in found:
            print(f"  {measure.name}: {number(measure.value)} {measure.unit}", file=sys.stderr, flush=True)
        print(f"  {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_facts(version),
        "measures": [measure.as_dict() for measure in measures],
    }


def number(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float | int):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
    return str(value)


def table(results: dict) -> str:
    lines = [
        "| measure | value | unit | baseline | its value | ratio | target | met |",
        "| --- | ---: | --- | --- | ---: | ---: | --- | --- |",
    ]
    for m in results["measures"]:
        met = {True: "yes", False: "no", None: ""}[m["met"]]
        lines.append(
            f"| {m['name']} | {number(m['value'])} | {m['unit']} | {m['baseline_name']} | {number(m['baseline'])} "
            f"| {number(m['ratio'])} | {m['target']} | {met} |"
        )
    return "\n".join(lines)


def document(results: dict) -> str:
    facts = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in results["machine"].items())
    return (
        "# Benchmarks\n\n"
        "Written by `make bench` followed by `.venv/bin/python -m benchmarks --write-docs`; do not edit.\n\n"
        f"Taken {results['taken_at']} on: {facts}.\n\n{table(results)}\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
