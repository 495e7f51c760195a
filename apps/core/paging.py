"""How does a list stay short? Keyset pages.

The cursor holds the last row's order values, so a deep page costs what the first one costs.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import msgspec
from django.db.models import Q, QuerySet

from apps.core.errors import InvalidInput

PAGE_SIZE = 50
MOST_ROWS = 200
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str


class CursorInvalid(InvalidInput):
    code = "CURSOR_INVALID"


def paginate(
    queryset: QuerySet[Any], *, order: Sequence[str] = ("-recorded_at", "-id"), cursor: str = "", size: int = PAGE_SIZE
) -> Page[Any]:
    """Return one page of `queryset` in `order` (all ascending or all descending, ending with a unique field).

    :raises CursorInvalid: if the cursor is not one of ours
    """
    size = max(1, min(size, MOST_ROWS))
    fields = [name.lstrip("-") for name in order]
    if cursor:
        values = _decode(cursor, len(fields))
        comparison = "lt" if order[0].startswith("-") else "gt"
        after = Q()
        for n, field in enumerate(fields):
            equal = dict(zip(fields[:n], values[:n], strict=True))
            after |= Q(**equal, **{f"{field}__{comparison}": values[n]})
        queryset = queryset.filter(after)
    rows = list(queryset.order_by(*order)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows=rows, next_cursor=_encode([_value(rows[-1], field) for field in fields]) if more else "")


def _value(row: Any, field: str) -> Any:
    for part in field.split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def _encode(values: list[Any]) -> str:
    tagged = [["t", v] if isinstance(v, datetime) else ["d", v] if isinstance(v, date) else ["v", v] for v in values]
    return base64.urlsafe_b64encode(msgspec.json.encode(tagged)).decode().rstrip("=")


def _decode(cursor: str, length: int) -> list[Any]:
    try:
        tagged = msgspec.json.decode(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[tuple[str, str | int]]
        )
        parse = {"t": lambda v: datetime.fromisoformat(str(v)), "d": lambda v: date.fromisoformat(str(v))}
        values = [parse[kind](value) if kind in parse else value for kind, value in tagged]
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorInvalid("This page address is damaged.", remedy="Start again from the first page.") from error
    if len(values) != length:
        raise CursorInvalid("This page address belongs to another list.", remedy="Start again from the first page.")
    return values
