"""How are figures counted where the log lies? One pass of the database over the sealed entries of the window.

The database groups the entries by everything that any figure asks for; there are few such groups, whatever the number
of entries, and the figures are folded from them. It shares no code with `figures.rederive`, which it is held against.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from apps.core.db import Role, acting_as
from apps.core.types import Window
from apps.ordinance.figures import FigureQuery, FigureSpec, Value


def count_figures(*, specs: Sequence[FigureSpec], window: Window, size: int) -> dict[str, Value]:
    """The figures over the entries of `window` among the first `size` of the log."""
    events = sorted({event for spec in specs for event in spec.query.events})
    dimensions = sorted(
        {field for spec in specs for field, _ in spec.query.where}
        | {spec.query.group_by for spec in specs if spec.query.group_by}
    )
    sums = sorted({spec.query.field for spec in specs if spec.query.fold == "SUM"})
    groups = _read_groups(events, dimensions, sums, window, size)
    return {spec.name: _fold(spec.query, groups) for spec in specs}


def _read_groups(
    events: list[str], dimensions: list[str], sums: list[str], window: Window, size: int
) -> list[dict[str, Any]]:
    columns = ["e.event", "e.actor", *["d.details -> %s" for _ in dimensions]]
    totals = ["count(*)", *["coalesce(sum((d.details ->> %s)::bigint), 0)" for _ in sums]]
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    # OFFSET 0 keeps the entry from being parsed again for every column.
    statement = f"""
        SELECT {", ".join([*columns, *totals])}
        FROM ledger_entry e
        JOIN ledger_leaf l ON l.entry_id = e.id
        CROSS JOIN LATERAL (SELECT convert_from(e.canonical, 'UTF8')::jsonb -> 'details' OFFSET 0) AS d(details)
        WHERE e.event = ANY(%s) AND e.recorded_at >= %s AND e.recorded_at < %s AND l.index < %s
        GROUP BY {places}
    """
    names = ["event", "actor", *dimensions, "count", *[f"sum of {name}" for name in sums]]
    with acting_as(Role.AUDITOR), connection.cursor() as cursor:
        cursor.execute(statement, [*dimensions, *sums, events, window.start, window.end, size])
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _fold(query: FigureQuery, groups: list[dict[str, Any]]) -> Value:
    wanted = [
        group
        for group in groups
        if group["event"] in query.events and all(_parse(group[field]) == value for field, value in query.where)
    ]
    if query.fold == "DISTINCT_ACTORS":
        return len({group["actor"] for group in wanted})
    amount = f"sum of {query.field}" if query.fold == "SUM" else "count"
    if not query.group_by:
        return sum(int(group[amount]) for group in wanted)
    totals: dict[str, int] = {}
    for group in wanted:
        member = _parse(group[query.group_by])
        for name in member if isinstance(member, list) else [member]:
            totals[name] = totals.get(name, 0) + int(group[amount])
    return dict(sorted(totals.items()))


def _parse(detail: str | None) -> Any:
    """A JSON value as its driver hands it over; what is absent is an empty text."""
    return "" if detail is None else json.loads(detail)
