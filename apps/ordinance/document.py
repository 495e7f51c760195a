"""How do figures become the report's document and its page? Pure: the same figures always give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
import typst

from apps.core.types import Window
from apps.ordinance.figures import Figure, FigureQuery

FORMAT = "rtcc-gov/access-report/v1"
MOST_LINES = 14
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("lookups_by_purpose", "Purpose", "Look-ups"),
    ("refusals_by_reason", "Reason", "Refusals"),
    ("purges_by_punctuality", "Destroyed", "Days of data"),
)
TOTALS = ("lookups_permitted", "lookups_refused", "people", "rows_shown", "rows_destroyed", "reads_preserved")


def build_document(
    *,
    reference: str,
    agency: Mapping[str, str],
    window: Window,
    built_at: datetime,
    built_by: str,
    log: Mapping[str, Any],
    figures: Sequence[Figure],
) -> bytes:
    """The report as RFC 8785 canonical JSON, described by `report.schema.json`."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "reference": reference,
        "agency": dict(agency),
        "window": {"start": window.start.isoformat(), "end": window.end.isoformat()},
        "built_at": built_at.isoformat(),
        "built_by": built_by,
        "log": dict(log),
        "figures": [figure.as_document() for figure in figures],
    }
    return bytes(rfc8785.dumps(document))


def render_pdf(*, canonical: bytes, zone: ZoneInfo) -> bytes:
    """One page of tagged PDF (PDF/UA-1) from the report's canonical JSON."""
    document = json.loads(canonical)
    template = resources.files("apps.ordinance").joinpath("report.typ").read_bytes()
    pdf = typst.compile(
        template,
        format="pdf",
        sys_inputs={"report": json.dumps(_page(document, zone), sort_keys=True)},
        pdf_standards=["ua-1"],
        timestamp=datetime.fromisoformat(document["built_at"]).replace(microsecond=0),
        ignore_system_fonts=True,
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single PDF.")
    return pdf


def _page(document: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    figures = {figure["name"]: figure for figure in document["figures"]}
    totals = {name: f"{figures[name]['value']:,}" for name in TOTALS}
    start, end = (datetime.fromisoformat(document["window"][name]).astimezone(zone) for name in ("start", "end"))
    log = document["log"]
    groups = [_group(figures[name], label, unit) for name, label, unit in GROUPS]
    groups.append(
        {
            "title": "Totals",
            "label": "Figure",
            "unit": "Number",
            "rows": [{"label": figures[name]["title"], "value": totals[name]} for name in TOTALS],
            "query": "; ".join(describe_query(figures[name]["query"]) for name in TOTALS),
        }
    )
    return {
        "title": "Access to surveillance data",
        "agency": document["agency"]["name"],
        "period": f"{start:%B %-d, %Y %H:%M} to {end:%B %-d, %Y %H:%M} ({zone.key})",
        "summary": f"{totals['people']} people asked. {totals['lookups_permitted']} look-ups were permitted and "
        f"{totals['lookups_refused']} refused; {totals['rows_shown']} rows were shown. "
        f"{totals['rows_destroyed']} rows were destroyed and {totals['reads_preserved']} kept for a case.",
        "groups": groups,
        "check": f"Every figure was counted from the {log['size']:,} entries of the access log {log['origin']} and "
        "counted again by a second method before this page was made. The log's root at that size is "
        f"{log['root']}. The JSON of this report holds each figure's query and the signed checkpoint; whoever has the "
        "exported log can run them again.",
        "footer": f"Report {document['reference']}, built {document['built_at'][:19].replace('T', ' ')} UTC.",
    }


def _group(figure: Mapping[str, Any], label: str, unit: str) -> dict[str, Any]:
    counts = sorted(figure["value"].items(), key=lambda item: (-item[1], item[0]))
    shown, rest = counts[:MOST_LINES], counts[MOST_LINES:]
    rows = [{"label": label_code(code), "value": f"{count:,}"} for code, count in shown]
    if rest:
        rows.append({"label": f"{len(rest)} others", "value": f"{sum(count for _, count in rest):,}"})
    return {
        "title": figure["title"],
        "label": label,
        "unit": unit,
        "rows": rows,
        "query": describe_query(figure["query"]),
    }


def label_code(code: str) -> str:
    """A code as people read it."""
    return code.replace("_", " ").capitalize() or "Not named"


def describe_query(query: Mapping[str, Any]) -> str:
    """A figure's query in one line."""
    spec = FigureQuery.from_document(query)
    fold = {"COUNT": "count", "SUM": f"sum of {spec.field}", "DISTINCT_ACTORS": "different people"}[spec.fold]
    where = "".join(f", {field} = {value}" for field, value in spec.where)
    return f"{fold} of {' and '.join(spec.events)}{where}{f', by {spec.group_by}' if spec.group_by else ''}"
