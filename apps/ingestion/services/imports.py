"""How does a file pass the write door? Batch by batch; cut short, the next run goes on where it stopped."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from django.db import transaction

from apps.core import clock
from apps.core.db import session_lock
from apps.core.errors import ConflictFound, InvalidInput, RtccError, ServiceUnavailable
from apps.ingestion import conf, events, files, selectors
from apps.ingestion.adapters.framing import check_text
from apps.ingestion.batches import Reader
from apps.ingestion.files import InputFile
from apps.ingestion.models import ImportRun
from apps.ingestion.services.rejects import keep_rejected
from apps.ingestion.services.sources import require_importer
from apps.ingestion.services.writing import BatchResult, Preparer, check_approved, write_batches
from apps.ingestion.types import ImportSummary, ImportView, RunState, SourceView
from apps.ledger import services as ledger

OnProgress = Callable[[int, int], None]
DRY_RUN = "DRY_RUN"


class ImportUnderWay(ConflictFound):
    code = "IMPORT_UNDER_WAY"


class UploadTooLarge(InvalidInput):
    code = "UPLOAD_TOO_LARGE"


def import_file(
    *, source_code: str, path: Path | bytes, actor: str, now: datetime, on_progress: OnProgress | None = None
) -> ImportSummary:
    """Import a file of an approved source. Safe to repeat: what is stored already is counted as a duplicate.

    :param path: the file, or its bytes
    :param actor: a person's reference, or `system:<job>`
    :param on_progress: called after each commit with bytes done and bytes in all
    :raises SourceNotApproved: if nobody has approved the source; the refusal is in the ledger
    :raises FileUnreadable: if the file as a whole is not in the source's format; the refusal is in the ledger
    :raises ImportUnderWay: while another process imports the same file
    """
    require_importer(actor)
    source = selectors.get_source(code=source_code)
    with _refusals_recorded(source, actor):
        check_approved(source)
        file = files.read_bytes(path) if isinstance(path, bytes) else files.read_path(path)
        check_text(next(file.open_blocks(), b""))
    return _run(source=source, file=file, actor=actor, now=now, on_progress=on_progress)


def plan_import(*, source_code: str, path: Path | bytes, actor: str, now: datetime) -> ImportSummary:
    """Read and judge a file and store nothing: `accepted` is what would be written, duplicates among it.

    :raises FileUnreadable: if the file as a whole is not in the source's format
    """
    began = time.monotonic()
    require_importer(actor)
    source = selectors.get_source(code=source_code)
    file = files.read_bytes(path) if isinstance(path, bytes) else files.read_path(path)
    check_text(next(file.open_blocks(), b""))
    preparer = Preparer(source=source, now=now)
    accepted = rejected = ignored = 0
    for batch in Reader(source).read(file.open_blocks()):
        refused = len(preparer.judge(batch).refused)
        accepted += len(batch.events) - refused
        rejected += len(batch.rejected) + refused
        ignored += batch.ignored
    return ImportSummary(
        accepted=accepted,
        duplicates=0,
        rejected=rejected,
        ignored=ignored,
        seconds=time.monotonic() - began,
        reference="",
        source_code=source_code,
        state=DRY_RUN,
        rejects_kept=0,
        file_digest=file.digest,
    )


def receive_upload(*, source_code: str, blocks: Iterable[bytes], size: int, actor: str, now: datetime) -> ImportView:
    """Keep an uploaded file, encrypted, until a worker imports it with `import_upload`.

    :raises SourceNotApproved: if nobody has approved the source; the refusal is in the ledger
    :raises FileUnreadable: if it is not text; the refusal is in the ledger
    :raises ImportUnderWay: if the same file waits already
    """
    require_importer(actor)
    source = selectors.get_source(code=source_code)
    reference = uuid.uuid4()
    with _refusals_recorded(source, actor):
        check_approved(source)
        if size > conf.LARGEST_UPLOAD_BYTES:
            raise UploadTooLarge(
                f"The file is larger than {conf.LARGEST_UPLOAD_BYTES // 2**20} MB.",
                remedy="Split it, or have it imported by command.",
            )
        remaining = iter(blocks)
        first = next(remaining, b"")
        check_text(first)
        file = files.store_upload(
            name=str(reference),
            blocks=chain([first], remaining),
            scope=files.get_reject_scope(now.astimezone(UTC).date()),
        )
    with transaction.atomic():
        is_waiting = ImportRun.objects.open().filter(source_id=source.source_id, file_digest=file.digest).exists()
        if not is_waiting:
            run = ImportRun.objects.create(
                reference=reference,
                source_id=source.source_id,
                file_digest=file.digest,
                file_size=file.size,
                is_upload=True,
                state=RunState.WAITING.value,
                started_by=actor,
                started_at=now,
            )
            return selectors.view_import(run)
    files.remove_upload(str(reference))
    raise ImportUnderWay("This file is being imported already.", remedy="Look at the list of imports.")


def import_upload(*, reference: str, now: datetime) -> ImportSummary:
    """Import a file that waits, or go on with one that was cut short, and remove it. Safe to repeat.

    :raises ImportUnderWay: while another process imports it
    """
    selectors.get_import(reference=reference)
    run = ImportRun.objects.select_related("source").get(reference=reference)
    if run.state not in (RunState.WAITING.value, RunState.RUNNING.value):
        return _summarise(run, seconds=0.0)
    source = selectors.view_source(run.source)
    day = run.started_at.astimezone(UTC).date()
    with _refusals_recorded(source, run.started_by, run=run):
        check_approved(source)
        file = files.open_upload(
            name=reference, digest=run.file_digest, size=run.file_size, scope=files.get_reject_scope(day)
        )
    summary = _run(source=source, file=file, actor=run.started_by, now=now, upload=reference)
    files.remove_upload(reference)
    return summary


def _run(
    *,
    source: SourceView,
    file: InputFile,
    actor: str,
    now: datetime,
    on_progress: OnProgress | None = None,
    upload: str = "",
) -> ImportSummary:
    began = time.monotonic()
    with session_lock(f"ingestion.import:{source.source_id}:{file.digest}") as is_held:
        if not is_held:
            raise ImportUnderWay("This file is being imported just now.", remedy="Wait for it to end.")
        run = _begin(source, file, actor, now, upload)
        if run.state != RunState.RUNNING.value:
            return _summarise(run, seconds=0.0)

        def record(result: BatchResult) -> None:
            rejected = [*result.batch.rejected, *((result.batch.records[n], why) for n, why in result.refused)]
            run.rejects_kept += keep_rejected(
                source_id=source.source_id,
                file_digest=file.digest,
                rejected=rejected[: max(0, conf.MOST_REJECTS_KEPT - run.rejects_kept)],
                now=now,
            )
            run.place, run.bytes_done = result.batch.last_place, result.batch.bytes_read
            run.accepted += result.accepted
            run.duplicates += result.duplicates
            run.rejected += len(rejected)
            run.ignored += result.batch.ignored
            run.save()
            if on_progress is not None:
                on_progress(run.bytes_done, file.size)

        with _refusals_recorded(source, actor, run=run):
            batches = Reader(source).read(file.open_blocks(), after_place=run.place)
            write_batches(source=source, batches=batches, now=now, record=record)
        with transaction.atomic():
            run.state, run.finished_at, run.bytes_done = RunState.FINISHED.value, now, file.size
            run.save()
            ledger.append(
                event=events.IMPORT_FINISHED,
                actor=actor,
                subject=str(run.reference),
                details={
                    "source": source.code,
                    "file_digest": file.digest,
                    "accepted": run.accepted,
                    "duplicates": run.duplicates,
                    "rejected": run.rejected,
                    "ignored": run.ignored,
                },
            )
    return _summarise(run, seconds=time.monotonic() - began)


def _begin(source: SourceView, file: InputFile, actor: str, now: datetime, upload: str) -> ImportRun:
    """The run of this file: a new one, or the one that was waiting or cut short. The caller holds the file's lock.

    An upload's own run comes back as it is where another worker has ended it while this one waited.
    """
    with transaction.atomic():
        run = ImportRun.objects.open().filter(source_id=source.source_id, file_digest=file.digest).first()
        if run is None and upload:
            return ImportRun.objects.get(reference=upload)
        if run is None:
            return ImportRun.objects.create(
                source_id=source.source_id,
                file_digest=file.digest,
                file_size=file.size,
                state=RunState.RUNNING.value,
                started_by=actor,
                started_at=now,
            )
        run.state = RunState.RUNNING.value
        run.save()
        return run


@contextmanager
def _refusals_recorded(source: SourceView, actor: str, *, run: ImportRun | None = None) -> Iterator[None]:
    """Write what refuses a file in the ledger, committed before the refusal goes on.

    A service that is down refuses nothing: the run stays open and goes on later.
    """
    try:
        yield
    except ServiceUnavailable:
        raise
    except RtccError as error:
        with transaction.atomic(durable=True):
            if run is not None:
                run.state, run.refusal_code, run.finished_at = RunState.REFUSED.value, error.code, clock.now()
                run.save()
            ledger.append(
                event=events.IMPORT_REFUSED, actor=actor, subject=source.code, details={"refusals": [error.code]}
            )
        raise


def _summarise(run: ImportRun, *, seconds: float) -> ImportSummary:
    return ImportSummary(
        reference=str(run.reference),
        source_code=run.source.code,
        state=run.state,
        accepted=run.accepted,
        duplicates=run.duplicates,
        rejected=run.rejected,
        ignored=run.ignored,
        rejects_kept=run.rejects_kept,
        file_digest=run.file_digest,
        refusal_code=run.refusal_code,
        seconds=seconds,
    )
