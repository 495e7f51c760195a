"""Step 3: without a grant nobody sees a row, by the ORM or by SQL, in whichever role."""

from __future__ import annotations

from collections.abc import Callable

from django.db import ProgrammingError, connection

from apps.core.db import Role, acting_as
from apps.records import partitions
from apps.records.models import PlateRead
from rtcc_gov.tour.city import CATEGORY
from rtcc_gov.tour.runner import Figures, require


def count_by_sql(role: Role, table: str) -> int:
    with acting_as(role), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def count_by_orm(role: Role) -> int:
    with acting_as(role):
        return PlateRead.objects.count()


def try_bypass() -> Figures:
    """Each road gives zero rows, or is closed; `rows` is what came through."""
    partition = partitions.list_partitions(category=CATEGORY)[-1].name
    roads: dict[str, Callable[[], int]] = {
        "orm_as_app": lambda: count_by_orm(Role.APP),
        "orm_as_reader": lambda: count_by_orm(Role.READER),
        "sql_as_app": lambda: count_by_sql(Role.APP, "records_plateread"),
        "sql_as_reader": lambda: count_by_sql(Role.READER, "records_plateread"),
        "partition_as_reader": lambda: count_by_sql(Role.READER, partition),
        "preserved_as_reader": lambda: count_by_sql(Role.READER, "records_preservedread"),
    }
    found = {name: _try(road) for name, road in roads.items()}
    for name, (rows, _) in found.items():
        require(rows == 0, f"{name} gave {rows} rows")
    return {name: {"rows": rows, "how": how} for name, (rows, how) in found.items()}


def _try(road: Callable[[], int]) -> tuple[int, str]:
    try:
        return road(), "no row visible"
    except ProgrammingError as error:
        if "permission denied" not in str(error):
            raise
        return 0, "permission denied"
