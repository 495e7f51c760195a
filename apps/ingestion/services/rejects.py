"""What becomes of rows that were not stored? Kept sealed, looked at, and tried again once their cause is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import transaction

from apps.ingestion import conf, door, events, files, preparing, selectors
from apps.ingestion.adapters.framing import FileUnreadable, write_row
from apps.ingestion.batches import Batch, Reader
from apps.ingestion.models import RejectedRow
from apps.ingestion.services.sources import require_importer
from apps.ingestion.services.writing import Preparer, check_approved, record_cases
from apps.ingestion.types import (
    OpenedReject,
    RawRecord,
    Rejection,
    RejectionCode,
    RejectionState,
    RetrySummary,
    SourceView,
)
from apps.keys import services as keys
from apps.ledger import services as ledger

TABLE, COLUMN = "ingestion_rejectedrow", "sealed"


def keep_rejected(
    *, source_id: int, file_digest: str, rejected: Sequence[tuple[RawRecord, Rejection]], now: datetime
) -> int:
    """Keep rejected records, once a file and place, in the caller's transaction; returns how many.

    A record is sealed under the reject key of today, as a small file of its source's format.
    """
    by_place: dict[int, tuple[RawRecord, Rejection]] = {}
    for record, why in rejected:
        by_place.setdefault(record.place, (record, why))
    if not by_place:
        return 0
    day = now.astimezone(UTC).date()
    contents = {place: _as_file(record) for place, (record, _) in by_place.items()}
    is_whole = {place: 0 < len(content) <= conf.LONGEST_REJECT_KEPT for place, content in contents.items()}
    sealed = keys.encrypt_many(
        keys=keys.get_or_create_keys(scope=files.get_reject_scope(day)),
        table=TABLE,
        column=COLUMN,
        plaintexts=[content if is_whole[place] else b"" for place, content in contents.items()],
    )
    RejectedRow.objects.bulk_create(
        [
            RejectedRow(
                source_id=source_id,
                file_digest=file_digest,
                place=place,
                day=day,
                code=why.code.value,
                field=why.field[:40],
                sealed=content,
                is_retriable=is_whole[place],
                state=RejectionState.OPEN.value,
                rejected_at=now,
            )
            for (place, (_, why)), content in zip(by_place.items(), sealed, strict=True)
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    return len(by_place)


def retry_rejected(
    *,
    actor: str,
    now: datetime,
    source_code: str,
    references: Sequence[str] = (),
    most: int = conf.MOST_RETRIED_AT_ONCE,
) -> RetrySummary:
    """Try a source's open rejected rows again, oldest first, or those that are named.

    A row that is stored now, or was stored already, is resolved and its content emptied; the others say why not.

    :raises SourceNotApproved:
    """
    require_importer(actor)
    source = selectors.get_source(code=source_code)
    check_approved(source)
    with transaction.atomic():
        rows = RejectedRow.objects.select_for_update(skip_locked=True).filter(
            source_id=source.source_id, state=RejectionState.OPEN.value, is_retriable=True
        )
        if references:
            rows = rows.filter(reference__in=references)
        found = list(rows.order_by("id")[: min(most, conf.MOST_RETRIED_AT_ONCE)])
        contents = {row.pk: _open(row) for row in found}
        reasons = _write_again(source, {pk: raw for pk, raw in contents.items() if raw is not None}, now)
        for row in found:
            row.attempts += 1
            if contents[row.pk] is None:
                row.is_retriable = False
            elif row.pk in reasons:
                row.code, row.field = reasons[row.pk].code.value, reasons[row.pk].field[:40]
            else:
                row.state, row.sealed, row.is_retriable = RejectionState.RESOLVED.value, b"", False
                row.resolved_at, row.resolved_by = now, actor
        RejectedRow.objects.bulk_update(
            found,
            ["attempts", "is_retriable", "code", "field", "state", "sealed", "resolved_at", "resolved_by"],
            batch_size=500,
        )
        unreadable = sum(raw is None for raw in contents.values())
        summary = RetrySummary(
            tried=len(found),
            resolved=len(found) - len(reasons) - unreadable,
            still_rejected=len(reasons),
            unreadable=unreadable,
        )
        if found:
            ledger.append(
                event=events.REJECTS_RETRIED,
                actor=actor,
                subject=source.code,
                details={
                    "tried": summary.tried,
                    "resolved": summary.resolved,
                    "still_rejected": summary.still_rejected,
                    "unreadable": summary.unreadable,
                },
            )
    return summary


def open_rejected(*, reference: str, actor: str) -> OpenedReject:
    """Show a rejected row as it came to somebody who may mend it; that they looked is in the ledger before they see it.

    :raises RejectMissing: if there is no such row, or it has been accepted since
    """
    require_importer(actor)
    row = (
        RejectedRow.objects.select_related("source")
        .filter(reference=reference, state=RejectionState.OPEN.value)
        .first()
    )
    if row is None:
        raise selectors.RejectMissing(
            "There is no such rejected row, or it has been accepted since.", remedy="Choose one from the list."
        )
    with transaction.atomic(durable=True):
        ledger.append(
            event=events.REJECT_OPENED,
            actor=actor,
            subject=reference,
            details={"source": row.source.code, "reason": row.code},
        )
    content = _open(row)
    return OpenedReject(
        row=selectors.view_rejected(row), content=content.decode("utf-8", "backslashreplace") if content else None
    )


def _as_file(record: RawRecord) -> bytes:
    """The record as a file of its own: a CSV row needs its column names."""
    return write_row(record.header).encode() + b"\n" + record.raw if record.header else record.raw


def _open(row: RejectedRow) -> bytes | None:
    """The record's bytes, or None once its day's key is gone."""
    day: date = row.day
    try:
        scope_keys = keys.get_keys(scope=files.get_reject_scope(day))
    except (keys.KeyDestroyed, keys.KeyMissing):
        return None
    return keys.decrypt(keys=scope_keys, table=TABLE, column=COLUMN, ciphertext=bytes(row.sealed))


def _write_again(source: SourceView, contents: dict[int, bytes], now: datetime) -> dict[int, Rejection]:
    """Write what can be written; returns why the others cannot, by row."""
    reader, batch = Reader(source), Batch()
    owners: list[int] = []
    reasons: dict[int, Rejection] = {}
    for pk, content in contents.items():
        before = len(batch.rejected)
        try:
            for record in reader.split(content):
                reader.decode(record, batch)
        except FileUnreadable:
            reasons[pk] = Rejection(RejectionCode.RECORD_MALFORMED)
        owners += [pk] * (len(batch.events) - len(owners))
        if len(batch.rejected) > before:
            reasons.setdefault(pk, batch.rejected[before][1])
    written = door.write(
        preparing.prepare(Preparer(source=source, now=now).judge(batch)),
        source_id=source.source_id,
        received_at=now,
        meanwhile=lambda: None,
    )
    record_cases(source, batch.events, written.refused, now)
    for number, why in written.refused:
        reasons.setdefault(owners[number], why)
    return reasons
