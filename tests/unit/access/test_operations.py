from __future__ import annotations

from apps.access.models import Query
from apps.access.operations import ProtectTable


def test_the_operation_can_be_written_into_a_migration() -> None:
    operation = ProtectTable(table="records_x", category="PLATE_READ", time_column="seen_at")
    name, args, options = operation.deconstruct()
    assert (name, ProtectTable(*args, **options).deconstruct()) == ("ProtectTable", operation.deconstruct())
    assert operation.describe() == "Row-level security on records_x"
    assert operation.formatted_description()


def test_a_query_is_named_by_its_reference() -> None:
    query = Query()
    assert str(query) == str(query.reference)
