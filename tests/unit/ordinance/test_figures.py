from datetime import UTC, datetime, timedelta

import pytest

from apps.ordinance import figures
from apps.ordinance.figures import ACCESS_FIGURES, Figure, FigureQuery

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)


def entry(event, *, actor="P-0001", at=START, **details):
    return {"event": event, "actor": actor, "recorded_at": at.isoformat(), "details": details}


ENTRIES = [
    entry("QUERY_DECIDED", action="LOOKUP", outcome="PERMITTED", purpose="STOLEN_VEHICLE", refusals=[]),
    entry("QUERY_ANSWERED", purpose="STOLEN_VEHICLE", row_count=12),
    entry("QUERY_DECIDED", action="LOOKUP", outcome="PERMITTED", purpose="MISSING_PERSON", refusals=[], actor="P-0002"),
    entry("QUERY_ANSWERED", purpose="MISSING_PERSON", row_count=0, actor="P-0002"),
    entry("QUERY_DECIDED", action="LOOKUP", outcome="REFUSED", purpose="", refusals=["REASON_MISSING", "CASE_MISSING"]),
    entry(
        "QUERY_DECIDED",
        action="LOOKUP",
        outcome="REFUSED",
        purpose="STOLEN_VEHICLE",
        refusals=["REASON_MISSING"],
        actor="P-0003",
    ),
    entry("BUCKET_DESTROYED", punctuality="ON_TIME", rows=10_000, actor="system:retention"),
    entry("BUCKET_DESTROYED", punctuality="LATE", rows=5, actor="system:retention"),
    entry("READS_PRESERVED", rows=3),
    entry(
        "QUERY_DECIDED", action="LOOKUP", outcome="PERMITTED", purpose="TOO_EARLY", at=START - timedelta(microseconds=1)
    ),
    entry("QUERY_DECIDED", action="LOOKUP", outcome="PERMITTED", purpose="TOO_LATE", at=END),
    entry("QUERY_DECIDED", action="PRESERVE", outcome="PERMITTED", purpose="STOLEN_VEHICLE", refusals=[]),
    entry("PERSON_SIGNED_IN"),
]
EXPECTED = {
    "lookups_by_purpose": {"MISSING_PERSON": 1, "STOLEN_VEHICLE": 1},
    "refusals_by_reason": {"CASE_MISSING": 1, "REASON_MISSING": 2},
    "lookups_permitted": 2,
    "lookups_refused": 2,
    "people": 3,
    "rows_shown": 12,
    "purges_by_punctuality": {"LATE": 1, "ON_TIME": 1},
    "rows_destroyed": 10_005,
    "reads_preserved": 3,
}


def test_every_figure_is_derived_from_entries_of_its_window_only():
    assert figures.rederive_all(ACCESS_FIGURES, ENTRIES, start=START, end=END) == EXPECTED


@pytest.mark.parametrize("spec", ACCESS_FIGURES, ids=lambda spec: spec.name)
def test_a_figure_that_was_written_out_is_derived_again_from_its_own_query(spec):
    written = Figure(spec=spec, value=EXPECTED[spec.name]).as_document()
    figure = Figure.from_document(written)
    assert figures.rederive(figure, ENTRIES, start=START, end=END) == figure.value
    assert figure.as_document() == written


def test_a_figure_that_was_typed_is_found():
    told = [Figure(spec=spec, value=EXPECTED[spec.name]) for spec in ACCESS_FIGURES]
    told[3] = Figure(spec=told[3].spec, value=0)
    again = figures.rederive_all(ACCESS_FIGURES, ENTRIES, start=START, end=END)
    assert figures.find_differences(told, again) == ["lookups_refused"]


def test_an_empty_log_gives_zeros():
    values = figures.rederive_all(ACCESS_FIGURES, [], start=START, end=END)
    assert set(map(str, values.values())) == {"0", "{}"}


def test_a_detail_that_is_missing_groups_under_an_empty_name_and_adds_nothing():
    spec = figures.FigureSpec(
        name="x", title="X", query=FigureQuery(events=("A",), fold="SUM", field="rows", group_by="purpose")
    )
    assert figures.rederive_all([spec], [entry("A")], start=START, end=END) == {"x": {"": 0}}


def test_moments_may_be_given_as_moments():
    entries = [entry("READS_PRESERVED", rows=2) | {"recorded_at": START}]
    assert figures.rederive_all(ACCESS_FIGURES, entries, start=START, end=END)["reads_preserved"] == 2
