"""How do batches pass the write door? One transaction each; the next is prepared while the database writes this one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

from django.db import transaction

from apps.access import services as access
from apps.access.types import NewCase
from apps.assets import selectors as assets
from apps.core.errors import NotAllowed
from apps.ingestion import conf, door, events, preparing, rules, selectors
from apps.ingestion.batches import Batch
from apps.ingestion.types import CallEvent, PlateReadEvent, Rejection, SourceKind, SourceView, WriteSummary
from apps.ledger import services as ledger


class SourceNotApproved(NotAllowed):
    code = "SOURCE_NOT_APPROVED"


@dataclass(kw_only=True)
class ReadyBatch:
    """A batch with its rows prepared."""

    batch: Batch
    prepared: preparing.Prepared


class Preparer:
    """Judges and seals a source's events."""

    def __init__(self, *, source: SourceView, now: datetime) -> None:
        self._source, self._now = source, now
        self._places: preparing.Places | None = None
        if source.kind is SourceKind.PLATE_READS:
            self._places = preparing.Places(devices=assets.get_device_map(), references=source.device_references)

    def judge(self, batch: Batch) -> preparing.Judged:
        if self._places is not None:
            return preparing.judge_reads(batch.events, places=self._places, now=self._now)
        return preparing.judge_calls(batch.events, now=self._now)

    def prepare_all(self, batches: Iterable[Batch]) -> Iterator[ReadyBatch]:
        """Each batch prepared, when it is asked for."""
        for batch in batches:
            yield ReadyBatch(batch=batch, prepared=preparing.prepare(self.judge(batch)))


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What became of a batch in its transaction; `refused` names its events by number."""

    batch: Batch
    accepted: int
    duplicates: int
    refused: list[tuple[int, Rejection]]


def write_batches(
    *, source: SourceView, batches: Iterable[Batch], now: datetime, record: Callable[[BatchResult], None]
) -> None:
    """Write batch after batch, each in a transaction of its own in which `record` is called with what became of it."""
    ready = Preparer(source=source, now=now).prepare_all(batches)
    current = next(ready, None)
    while current is not None:
        with transaction.atomic():
            written = door.write(
                current.prepared, source_id=source.source_id, received_at=now, meanwhile=partial(next, ready, None)
            )
            record_cases(source, current.batch.events, written.refused, now)
            record(
                BatchResult(
                    batch=current.batch,
                    accepted=written.accepted,
                    duplicates=written.duplicates,
                    refused=written.refused,
                )
            )
        current = written.upcoming


def write_reads(
    *, source: str, events: Iterable[PlateReadEvent], now: datetime, actor: str = "system:ingestion"
) -> WriteSummary:
    """Write plate reads of an approved source; any number of processes may do so at once.

    Each batch is committed by itself. What is refused is counted and not kept: a feed that can be retried is a file.

    :param source: the source's code
    :raises SourceNotApproved:
    """
    began = time.monotonic()
    view = selectors.get_source(code=source)
    check_approved(view)
    totals = {"accepted": 0, "duplicates": 0, "rejected": 0}

    def record(result: BatchResult) -> None:
        totals["accepted"] += result.accepted
        totals["duplicates"] += result.duplicates
        totals["rejected"] += len(result.refused)

    write_batches(source=view, batches=_batch(events), now=now, record=record)
    _record_feed(source, actor, totals)
    return WriteSummary(**totals, ignored=0, seconds=time.monotonic() - began)


def check_approved(source: SourceView) -> None:
    """:raises SourceNotApproved:"""
    if rules.get_source_refusals(is_approved=source.is_approved):
        raise SourceNotApproved(
            f"The source {source.code} is not approved, so nothing of it is stored.",
            remedy="Ask a second person who may import files to approve it.",
        )


def _batch(stream: Iterable[PlateReadEvent]) -> Iterator[Batch]:
    remaining = iter(stream)
    while some := list(islice(remaining, conf.BATCH_ROWS)):
        yield Batch(events=some)


def _record_feed(source: str, actor: str, totals: dict[str, int]) -> None:
    with transaction.atomic():
        ledger.append(event=events.FEED_WRITTEN, actor=actor, subject=source, details=totals)


def record_cases(
    source: SourceView, calls: Sequence[CallEvent], refused: Sequence[tuple[int, Rejection]], now: datetime
) -> None:
    """Make stored calls' numbers known, so that a look-up for one of these cases can be justified by it."""
    if source.kind is not SourceKind.CALLS:
        return
    unstored = {number for number, _ in refused}
    access.record_cases(
        cases=[
            NewCase(
                number=call.number,
                kind="CASE",
                status="OPEN",
                offence=call.kind,
                occurred_at=call.occurred_at,
                latitude=call.latitude,
                longitude=call.longitude,
            )
            for number, call in enumerate(calls)
            if number not in unstored
        ],
        now=now,
    )
