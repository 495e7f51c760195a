"""Where do a CSV file's columns stand?"""

from __future__ import annotations

from functools import lru_cache

from apps.ingestion.adapters.framing import FileUnreadable, read_row
from apps.ingestion.adapters.values import FieldInvalid
from apps.ingestion.types import RawRecord, RejectionCode


@lru_cache(maxsize=64)
def find_columns(header: tuple[str, ...], required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, int]:
    """The place of each known column.

    :raises FileUnreadable: `COLUMNS_MISSING`, naming the required columns that are not there
    """
    missing = [name for name in required if name not in header]
    if missing:
        raise FileUnreadable(
            f"The file lacks the columns {', '.join(missing)}.",
            code="COLUMNS_MISSING",
            remedy=f"Its first line must name {', '.join(required)}.",
        )
    return {name: header.index(name) for name in (*required, *optional) if name in header}


def read_cells(record: RawRecord) -> list[str]:
    """The row's cells, as many as the header has names.

    :raises FieldInvalid: if there are fewer or more
    :raises UnicodeDecodeError: if the row is not UTF-8
    """
    cells = read_row(record.raw.decode())
    if len(cells) != len(record.header):
        raise FieldInvalid(
            RejectionCode.RECORD_TRUNCATED if len(cells) < len(record.header) else RejectionCode.RECORD_MALFORMED, ""
        )
    return cells
