"""Which formats are understood? One module a format: pure functions from a record's bytes to canonical events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from apps.ingestion.adapters import csv_reads, dc_incidents, openalpr, platerecognizer
from apps.ingestion.adapters.framing import split_csv, split_json
from apps.ingestion.types import FormatOptions, Outcome, RawRecord, SourceKind

Split = Callable[[Iterator[bytes]], Iterator[RawRecord]]
Decode = Callable[[RawRecord, FormatOptions], Sequence[Outcome]]


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """A format: how its files fall into records, and what a record means."""

    code: str
    label: str
    kind: SourceKind
    split: Split
    decode: Decode


ADAPTERS: dict[str, Adapter] = {
    adapter.code: adapter
    for adapter in (
        Adapter(
            code="OPENALPR_V2",
            label="OpenALPR / Rekor webhook, alpr_group (JSON or NDJSON)",
            kind=SourceKind.PLATE_READS,
            split=split_json,
            decode=openalpr.decode,
        ),
        Adapter(
            code="PLATE_RECOGNIZER",
            label="Plate Recognizer Stream webhook (JSON or NDJSON)",
            kind=SourceKind.PLATE_READS,
            split=split_json,
            decode=platerecognizer.decode,
        ),
        Adapter(
            code="CSV_READS",
            label="Plate reads as CSV",
            kind=SourceKind.PLATE_READS,
            split=split_csv,
            decode=csv_reads.decode,
        ),
        Adapter(
            code="DC_INCIDENTS",
            label="District of Columbia crime incidents (CSV)",
            kind=SourceKind.CALLS,
            split=split_csv,
            decode=dc_incidents.decode,
        ),
    )
}
ADAPTER_CHOICES: list[tuple[str, str]] = [(code, adapter.label) for code, adapter in ADAPTERS.items()]
