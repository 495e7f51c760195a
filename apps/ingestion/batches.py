"""How does a file become batches? Records in, events out, damage and all; a batch is what one transaction writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from apps.ingestion import conf
from apps.ingestion.adapters import ADAPTERS, Adapter
from apps.ingestion.adapters.values import FieldInvalid
from apps.ingestion.types import FormatOptions, Ignored, RawRecord, Rejection, RejectionCode, SourceView


@dataclass(kw_only=True)
class Batch:
    """Events with the records they stand in, and what came to nothing on the way."""

    events: list[Any] = field(default_factory=list)
    records: list[RawRecord] = field(default_factory=list)
    rejected: list[tuple[RawRecord, Rejection]] = field(default_factory=list)
    ignored: int = 0
    last_place: int = 0
    bytes_read: int = 0


class Reader:
    """Reads a source's format. Knows how many bytes of the file it has been given."""

    def __init__(self, source: SourceView) -> None:
        self._adapter: Adapter = ADAPTERS[source.adapter]
        self._options = FormatOptions(zone=ZoneInfo(source.zone_name) if source.zone_name else None)
        self._bytes_read = 0

    def read(self, blocks: Iterator[bytes], *, after_place: int = 0) -> Iterator[Batch]:
        """The file's batches, from the record after `after_place` on.

        :raises FileUnreadable: if the file as a whole is not in the source's format
        """
        batch, size = Batch(), 0
        for record in self._adapter.split(self._count(blocks)):
            if record.place <= after_place:
                continue
            self.decode(record, batch)
            size += len(record.raw)
            batch.last_place = record.place
            if len(batch.events) + len(batch.rejected) >= conf.BATCH_ROWS or size >= conf.BATCH_BYTES:
                batch.bytes_read = self._bytes_read
                yield batch
                batch, size = Batch(), 0
        if batch.last_place:
            batch.bytes_read = self._bytes_read
            yield batch

    def split(self, content: bytes) -> list[RawRecord]:
        """The records of a small piece of a file that is held in memory."""
        return list(self._adapter.split(iter([content])))

    def decode(self, record: RawRecord, batch: Batch) -> None:
        """Add what a record means to the batch."""
        if record.problem is not None:
            batch.rejected.append((record, Rejection(record.problem)))
            return
        try:
            outcomes = self._adapter.decode(record, self._options)
        except FieldInvalid as error:
            batch.rejected.append((record, Rejection(error.code, error.field)))
            return
        except UnicodeDecodeError:
            batch.rejected.append((record, Rejection(RejectionCode.ENCODING_WRONG)))
            return
        except msgspec.MsgspecError as error:
            batch.rejected.append((record, _explain(record, error)))
            return
        for outcome in outcomes:
            if isinstance(outcome, Ignored):
                batch.ignored += 1
            elif isinstance(outcome, Rejection):
                batch.rejected.append((record, outcome))
            else:
                batch.events.append(outcome)
                batch.records.append(record)

    def _count(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._bytes_read += len(block)
            yield block


def _explain(record: RawRecord, error: msgspec.MsgspecError) -> Rejection:
    """What exactly is wrong with a record that the decoder refused."""
    try:
        record.raw.decode()
    except UnicodeDecodeError:
        return Rejection(RejectionCode.ENCODING_WRONG)
    if isinstance(error, msgspec.ValidationError):
        path = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else ""
        is_missing = "missing required field" in str(error)
        return Rejection(RejectionCode.FIELD_MISSING if is_missing else RejectionCode.FIELD_MALFORMED, path[:40])
    return Rejection(RejectionCode.RECORD_TRUNCATED if "truncated" in str(error) else RejectionCode.RECORD_MALFORMED)
