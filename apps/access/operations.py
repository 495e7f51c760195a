"""How does a migration put row-level security on a governed table?

Its partitions get the same from `access_protect_table`, which the owner's partition functions call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import migrations


class ProtectTable(migrations.RunSQL):
    """Guard a table: no row is read outside a live grant for `category` whose window holds `time_column`."""

    def __init__(self, table: str, category: str, time_column: str = "occurred_at") -> None:
        # Django's operations have a `category` of their own.
        self.table, self.governed_category, self.time_column = table, category, time_column
        super().__init__(
            sql=[("SELECT access_protect_table(%s, %s, %s)", [table, category, time_column])],
            reverse_sql=migrations.RunSQL.noop,
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (
            type(self).__name__,
            [],
            {"table": self.table, "category": self.governed_category, "time_column": self.time_column},
        )

    def describe(self) -> str:
        return f"Row-level security on {self.table}"
