"""Which figures does the council's access report hold, and how does anybody derive each again from the log?

A figure's query is data: which events, which conditions, what to group by, what to add up. `rederive` runs it over
exported log entries and needs nothing but this module, so whoever holds the log can check every figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Value = int | dict[str, int]


@dataclass(frozen=True, kw_only=True)
class FigureQuery:
    """A filter and a fold over log entries.

    :param events: codes of the events that count
    :param where: fields of the entry's details with the code that each must be
    :param group_by: the field of the details to group by, a code or a list of codes; a list counts under each member
    :param fold: COUNT, SUM (of `field`) or DISTINCT_ACTORS
    """

    events: tuple[str, ...]
    where: tuple[tuple[str, str], ...] = ()
    group_by: str = ""
    fold: str = "COUNT"
    field: str = ""

    def as_document(self) -> dict[str, Any]:
        return {
            "events": list(self.events),
            "where": [{"field": field, "equals": value} for field, value in self.where],
            "group_by": self.group_by,
            "fold": self.fold,
            "field": self.field,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> FigureQuery:
        return cls(
            events=tuple(document["events"]),
            where=tuple((condition["field"], condition["equals"]) for condition in document["where"]),
            group_by=document["group_by"],
            fold=document["fold"],
            field=document["field"],
        )


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """A figure of the report: `name` for machines, `title` for the council."""

    name: str
    title: str
    query: FigureQuery


@dataclass(frozen=True, kw_only=True)
class Figure:
    spec: FigureSpec
    value: Value

    def as_document(self) -> dict[str, Any]:
        return {
            "name": self.spec.name,
            "title": self.spec.title,
            "value": self.value,
            "query": self.spec.query.as_document(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Figure:
        spec = FigureSpec(
            name=document["name"], title=document["title"], query=FigureQuery.from_document(document["query"])
        )
        return cls(spec=spec, value=document["value"])


def rederive(figure: Figure, entries: Iterable[Mapping[str, Any]], *, start: datetime, end: datetime) -> Value:
    """Compute the figure again from log entries (`event`, `actor`, `recorded_at`, `details`) within the window."""
    return rederive_all([figure.spec], entries, start=start, end=end)[figure.spec.name]


def rederive_all(
    specs: Sequence[FigureSpec], entries: Iterable[Mapping[str, Any]], *, start: datetime, end: datetime
) -> dict[str, Value]:
    """Compute many figures in one pass over the log."""
    folds = [_Fold(spec) for spec in specs]
    by_event: dict[str, list[_Fold]] = {}
    for fold in folds:
        for event in fold.query.events:
            by_event.setdefault(event, []).append(fold)
    for entry in entries:
        wanted = by_event.get(entry["event"])
        if wanted and start <= _moment(entry["recorded_at"]) < end:
            for fold in wanted:
                fold.add(entry)
    return {fold.spec.name: fold.value for fold in folds}


def find_differences(figures: Sequence[Figure], values: Mapping[str, Value]) -> list[str]:
    """The names of figures whose value is not the one derived again."""
    return [figure.spec.name for figure in figures if values[figure.spec.name] != figure.value]


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC)


class _Fold:
    """One figure while the entries go by."""

    def __init__(self, spec: FigureSpec) -> None:
        self.spec, self.query = spec, spec.query
        self._total = 0
        self._groups: dict[str, int] = {}
        self._actors: set[str] = set()

    def add(self, entry: Mapping[str, Any]) -> None:
        details = entry["details"]
        if any(details.get(field, "") != value for field, value in self.query.where):
            return
        if self.query.fold == "DISTINCT_ACTORS":
            self._actors.add(entry["actor"])
            return
        amount = int(details.get(self.query.field, 0)) if self.query.fold == "SUM" else 1
        self._total += amount
        if self.query.group_by:
            member = details.get(self.query.group_by, "")
            for name in member if isinstance(member, list) else [member]:
                self._groups[name] = self._groups.get(name, 0) + amount

    @property
    def value(self) -> Value:
        if self.query.fold == "DISTINCT_ACTORS":
            return len(self._actors)
        return dict(sorted(self._groups.items())) if self.query.group_by else self._total


ACCESS_FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(
        name="lookups_by_purpose",
        title="Look-ups permitted, by purpose",
        query=FigureQuery(
            events=("QUERY_DECIDED",), where=(("action", "LOOKUP"), ("outcome", "PERMITTED")), group_by="purpose"
        ),
    ),
    FigureSpec(
        name="refusals_by_reason",
        title="Look-ups refused, by reason",
        query=FigureQuery(
            events=("QUERY_DECIDED",), where=(("action", "LOOKUP"), ("outcome", "REFUSED")), group_by="refusals"
        ),
    ),
    FigureSpec(
        name="lookups_permitted",
        title="Look-ups permitted",
        query=FigureQuery(events=("QUERY_DECIDED",), where=(("action", "LOOKUP"), ("outcome", "PERMITTED"))),
    ),
    FigureSpec(
        name="lookups_refused",
        title="Look-ups refused",
        query=FigureQuery(events=("QUERY_DECIDED",), where=(("action", "LOOKUP"), ("outcome", "REFUSED"))),
    ),
    FigureSpec(
        name="people",
        title="People who asked",
        query=FigureQuery(events=("QUERY_DECIDED",), fold="DISTINCT_ACTORS"),
    ),
    FigureSpec(
        name="rows_shown",
        title="Rows shown",
        query=FigureQuery(events=("QUERY_ANSWERED",), fold="SUM", field="row_count"),
    ),
    FigureSpec(
        name="purges_by_punctuality",
        title="Days of data destroyed, on time or late",
        query=FigureQuery(events=("BUCKET_DESTROYED",), group_by="punctuality"),
    ),
    FigureSpec(
        name="rows_destroyed",
        title="Rows destroyed",
        query=FigureQuery(events=("BUCKET_DESTROYED",), fold="SUM", field="rows"),
    ),
    FigureSpec(
        name="reads_preserved",
        title="Reads kept for a case",
        query=FigureQuery(events=("READS_PRESERVED",), fold="SUM", field="rows"),
    ),
)
