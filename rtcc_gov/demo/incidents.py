"""Which cases can the demo's look-ups be about? The District's incidents, moved to the present, and invented ones.

The incidents are of summer 2016. All their times are moved by the same whole number of weeks, so that the last was
reported within the last week and every incident keeps its weekday, its hour and its place among the others.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from rtcc_gov.demo.calendar import ZONE

WRITTEN = "%Y-%m-%dT%H:%M:%S.000Z"
MOVED_COLUMNS = ("REPORTDATETIME", "LASTMODIFIEDDATE", "START_DATE", "END_DATE")
# What the demo's older cases are, in numbers like those of the District's file, and what it does not hold.
OTHER_OFFENSES = ("MISSING PERSON", "CRASH WITH INJURY", "WARRANT")
OTHER_SHARE = 0.15


@dataclass(frozen=True, kw_only=True)
class DemoCase:
    """A case that look-ups can name. `offense` is in the words of the District's file."""

    number: str
    offense: str
    place: str
    occurred_at: datetime
    reported_at: datetime
    latitude: float
    longitude: float
    is_invented: bool

    @property
    def closes_at(self) -> datetime:
        """Invented cases are closed after four weeks; the incidents stay open."""
        return self.reported_at + timedelta(days=28)


def move_incidents(content: str, *, now: datetime) -> str:
    """The incidents' CSV with every time moved to the present; nothing else is changed."""
    table = csv.DictReader(io.StringIO(content))
    rows = list(table)
    latest = max(_read_local(row["REPORTDATETIME"]) for row in rows)
    weeks = (now.astimezone(ZONE).replace(tzinfo=None) - latest) // timedelta(weeks=1)
    moved = io.StringIO()
    writer = csv.DictWriter(moved, fieldnames=table.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        for column in MOVED_COLUMNS:
            if row[column]:
                row[column] = (_read_local(row[column]) + weeks * timedelta(weeks=1)).strftime(WRITTEN)
        writer.writerow(row)
    return moved.getvalue()


def list_incident_cases(content: str) -> list[DemoCase]:
    """The cases of an incidents' CSV, by time of report; one case for a number that stands there twice."""
    cases = {}
    for row in csv.DictReader(io.StringIO(content)):
        reported_at = _read_local(row["REPORTDATETIME"]).replace(tzinfo=ZONE).astimezone(UTC)
        started = row["START_DATE"] or row["REPORTDATETIME"]
        cases[row["CCN"]] = DemoCase(
            number=row["CCN"],
            offense=row["OFFENSE"],
            place=row["BLOCKSITEADDRESS"],
            occurred_at=_read_local(started).replace(tzinfo=ZONE).astimezone(UTC),
            reported_at=reported_at,
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            is_invented=False,
        )
    return sorted(cases.values(), key=lambda case: (case.reported_at, case.number))


def invent_cases(*, seed: int, count: int, like: list[DemoCase], since: datetime, until: datetime) -> list[DemoCase]:
    """Older cases, by time of report: offences and places as in `like`, numbers that the District does not give."""
    rng = np.random.default_rng([seed, *b"cases"])
    span = (until - since).total_seconds()
    reported = [since + timedelta(seconds=float(second)) for second in np.sort(rng.random(count)) * span]
    cases = []
    for number, reported_at in enumerate(reported, start=1):
        model = like[int(rng.integers(len(like)))]
        is_other = rng.random() < OTHER_SHARE
        cases.append(
            DemoCase(
                number=f"DEMO-{reported_at:%y}-{number:05d}",
                offense=OTHER_OFFENSES[int(rng.integers(len(OTHER_OFFENSES)))] if is_other else model.offense,
                place=model.place,
                occurred_at=reported_at - timedelta(minutes=float(rng.exponential(240))),
                reported_at=reported_at,
                latitude=model.latitude,
                longitude=model.longitude,
                is_invented=True,
            )
        )
    return cases


def read_incidents(folder: Path) -> str:
    return (folder / "crime_incidents_last_30_days.csv").read_text(encoding="utf-8")


def _read_local(text: str) -> datetime:
    """Written with a `Z`, meant as local time."""
    return datetime.strptime(text, WRITTEN)  # noqa: DTZ007
