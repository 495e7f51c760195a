"""How does a migration make a table tighter than the default?

By default `rtcc_app` may do everything to a table of the owner's and nobody else may do anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import migrations

from apps.core.db import Role

GROUPS = ", ".join(role.value for role in Role if role is not Role.OWNER)


class Privileges(migrations.RunSQL):
    """Revoke everything on a table (and its identity sequences) from every group, then grant what is listed."""

    def __init__(self, table: str, grants: Mapping[str, Sequence[str]]) -> None:
        self.table, self.grants = table, grants
        statements: list[Any] = [f"REVOKE ALL ON {table} FROM {GROUPS}"]
        for role, privileges in grants.items():
            statements.append(f"GRANT {', '.join(privileges)} ON {table} TO {role}")
        super().__init__(sql=statements, reverse_sql=migrations.RunSQL.noop)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [], {"table": self.table, "grants": self.grants}

    def describe(self) -> str:
        return f"Privileges on {self.table}"


APPEND_ONLY_FUNCTION = """
CREATE OR REPLACE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE, DELETE and TRUNCATE on a table by trigger, whoever asks."""

    def __init__(self, table: str) -> None:
        self.table = table
        trigger = f"{table}_append_only"
        super().__init__(
            sql=[
                APPEND_ONLY_FUNCTION,
                f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()",
                f"CREATE TRIGGER {trigger}_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()",
            ],
            reverse_sql=[
                f"DROP TRIGGER {trigger} ON {table}",
                f"DROP TRIGGER {trigger}_truncate ON {table}",
            ],
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [], {"table": self.table}

    def describe(self) -> str:
        return f"Append-only {self.table}"
