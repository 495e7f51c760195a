"""Which measures are there, what are their baselines and what must they reach (design, section 5)?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks import door_bench, ledger_bench, lookup_bench, purge_bench
from benchmarks.measure import Measure

Suite = Callable[[argparse.Namespace], list[Measure]]


def measure_lookup(options: argparse.Namespace) -> list[Measure]:
    found = lookup_bench.measure_lookups(reads=options.reads, requests=options.lookups)
    governed, ungoverned, guarded = (found[name] for name in ("governed", "ungoverned", "guarded"))
    to_ungoverned = governed["median_ms"] / ungoverned["median_ms"]
    to_guarded = guarded["median_ms"] / governed["median_ms"]
    size = f"{options.reads:,} reads"
    return [
        Measure(
            name=f"plate look-up through HTTP, median, {size}",
            value=governed["median_ms"],
            unit="ms",
            baseline_name="same view without governance",
            baseline=ungoverned["median_ms"],
            ratio=to_ungoverned,
            target="≤ 1.25 ×",
            met=to_ungoverned <= 1.25,
        ),
        Measure(
            name=f"plate look-up through HTTP, p95, {size}",
            value=governed["p95_ms"],
            unit="ms",
            baseline_name="same view without governance",
            baseline=ungoverned["p95_ms"],
            ratio=governed["p95_ms"] / ungoverned["p95_ms"],
            target="≤ 50 ms",
            met=governed["p95_ms"] <= 50,
        ),
        Measure(
            name=f"plate look-up against packages, median, {size}",
            value=governed["median_ms"],
            unit="ms",
            baseline_name="guardian object filter and auditlog access log",
            baseline=guarded["median_ms"],
            ratio=to_guarded,
            target="≥ 3 × faster",
            met=to_guarded >= 3,
        ),
    ]


def measure_door(options: argparse.Namespace) -> list[Measure]:
    found = door_bench.measure_write_door(rows=options.door_rows)
    rate, bare, indexed = (found[f"{name}rows_a_second"] for name in ("", "bare_plain_", "bare_indexed_"))
    return [
        Measure(
            name=f"plate reads through the write door, {options.door_rows:,} rows",
            value=rate,
            unit="rows/s",
            baseline_name="bare COPY of the same rows",
            baseline=bare,
            ratio=rate / bare,
            target="≥ 50,000 rows/s and ≥ 40 % of COPY",
            met=rate >= 50_000 and rate / bare >= 0.4,
        ),
        Measure(
            name="the same against COPY with the governed table's indexes",
            value=rate,
            unit="rows/s",
            baseline_name="bare COPY into a table with the same indexes",
            baseline=indexed,
            ratio=rate / indexed,
        ),
    ]


def measure_ledger(options: argparse.Namespace) -> list[Measure]:
    batches = ledger_bench.measure_ledger_write(entries=options.ledger_entries)
    single = ledger_bench.measure_single_writes(entries=options.ledger_entries // 5)
    return [
        Measure(
            name="ledger entries, 8 writers, transactions of ten, sealed and signed",
            value=batches["entries_per_s"],
            unit="entries/s",
            baseline_name="written, before sealing",
            baseline=batches["written_per_s"],
            ratio=batches["entries_per_s"] / batches["written_per_s"],
            target="≥ 10,000/s",
            met=batches["entries_per_s"] >= 10_000,
        ),
        Measure(
            name="ledger entries, 8 writers, one a transaction",
            value=single["entries_per_s"],
            unit="entries/s",
            baseline_name="bare INSERT of the same rows",
            baseline=single["bare_per_s"],
            ratio=single["ratio"],
            target="≥ 80 % of the bare INSERT",
            met=single["ratio"] >= 0.8,
        ),
    ]


def measure_verification(options: argparse.Namespace) -> list[Measure]:
    found = ledger_bench.measure_verification(entries=options.verify_entries)
    return [
        Measure(
            name=f"offline verification of {options.verify_entries:,} entries, one core",
            value=found["entries_per_s"],
            unit="entries/s",
            target="≥ 300,000/s",
            met=found["entries_per_s"] >= 300_000,
        )
    ]


def measure_purge(options: argparse.Namespace) -> list[Measure]:
    measures, smallest = [], None
    for rows in options.purge_rows:
        found = purge_bench.measure_destruction(rows=rows, with_bare=True)
        smallest = smallest or found["seconds"]
        measures.append(
            Measure(
                name=f"destroying a bucket of {rows:,} rows, certificate included",
                value=found["seconds"],
                unit="s",
                baseline_name="DROP TABLE of an equal table",
                baseline=found["bare_drop_seconds"],
                ratio=found["seconds"] / found["bare_drop_seconds"],
                target="≤ 1 s",
                met=found["seconds"] <= 1,
            )
        )
    return measures


# The look-ups come first: a demo city goes into an empty database only.
SUITES: dict[str, Suite] = {
    "lookup": measure_lookup,
    "ledger": measure_ledger,
    "verify": measure_verification,
    "door": measure_door,
    "purge": measure_purge,
}
