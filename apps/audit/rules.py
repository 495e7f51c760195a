"""What of an auditor's filters may stand in the log, and who may open which entry?"""

from __future__ import annotations

import re

from apps.access.rules import may_be_logged, normalise_case_number
from apps.audit.types import TrailFilters
from apps.ledger.types import EntryView

PERSON = re.compile(r"P-\d{4,}|system:[a-z.\-]+")
CODE = re.compile(r"[A-Z][A-Z_]*")
NOT_A_CODE = "UNKNOWN"


def describe_filters(filters: TrailFilters) -> dict[str, str]:
    """Filters as codes. Somebody may type a plate or a name into a field: what is no code is named as such."""
    number = normalise_case_number(filters.case_number)
    return {
        "case_number": number if may_be_logged(number, is_known=False) else NOT_A_CODE if number else "",
        "person": _as_code(filters.person, PERSON),
        "purpose": _as_code(filters.purpose, CODE),
        "outcome": _as_code(filters.outcome, CODE),
        "since": filters.window.start.isoformat() if filters.window else "",
        "until": filters.window.end.isoformat() if filters.window else "",
    }


def is_wanted(entry: EntryView, filters: TrailFilters) -> bool:
    """Does a decision meet the filters that the log's indexes do not answer?"""
    wanted = {"purpose": filters.purpose, "outcome": filters.outcome}
    return all(not value or entry.details.get(name) == value for name, value in wanted.items())


def may_open_entry(*, reader: str, may_read_trail: bool, entry: EntryView) -> bool:
    """Who may read the trail reads every entry; everybody reads those of their own acts."""
    return may_read_trail or entry.actor == reader


def _as_code(value: str, shape: re.Pattern[str]) -> str:
    return value if not value or shape.fullmatch(value) else NOT_A_CODE
