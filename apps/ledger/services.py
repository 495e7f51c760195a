"""Acts on the log: append to it, seal it, wait for a seal, carry it out of the house."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection

from apps.core import clock
from apps.core.errors import ServiceUnavailable
from apps.ledger import canonical, conf, selectors
from apps.ledger.bundle import BundleWriter
from apps.ledger.canonical import EntryRefused
from apps.ledger.database_log import DatabaseLog
from apps.ledger.sealing import request_seal, seal_pending
from apps.ledger.selectors import EntryUnsealed
from apps.ledger.tree import EMPTY_ROOT, TILE_WIDTH, hash_leaf, list_upper_tiles
from apps.ledger.types import BundleInfo, Code, EventType, InclusionProof, NewEntry, Receipt
from apps.ledger.verification import OnProgress

__all__ = ["EntryRefused", "LedgerUnavailable", "append", "append_many", "request_seal", "seal_pending"]

FORMAT_VERSION = 1
# The columns to search by come out of the canonical bytes themselves. The type is json, not jsonb: it keeps every byte.
INSERT = """
INSERT INTO ledger_entry (reference, event, actor, subject, agency, case_number, recorded_at, canonical)
SELECT content.reference, content.event, content.actor, content.subject, content.agency,
    coalesce(content.details ->> 'case_number', ''), content.recorded_at, convert_to(entry::text, 'UTF8')
FROM json_array_elements(%s::json) AS entry, json_to_record(entry) AS content (
    reference uuid, event text, actor text, subject text, agency text, recorded_at timestamptz, details json
) RETURNING reference::text, id
"""


class LedgerUnavailable(ServiceUnavailable):
    """The entry could not be written, so what it was to record must not happen."""

    code = "LEDGER_UNAVAILABLE"


class SealLate(ServiceUnavailable):
    code = "SEAL_LATE"


def append(
    *,
    event: EventType,
    actor: str,
    subject: str,
    details: Mapping[str, Code],
    agency: str = "",
    now: datetime | None = None,
) -> Receipt:
    """Write one entry in the caller's transaction: it stands if and only if what it records does.

    :param actor: who did it, as a reference: `P-0012`, or `system:<job>`
    :param subject: what it was done to, as a reference
    :param details: codes, references, numbers and commitments; `case_number` among them is searchable
    :raises EntryRefused: if a value is free text or of another type than codes may have
    :raises LedgerUnavailable: if the database refuses; the caller must go no further
    """
    entry = NewEntry(event=event, actor=actor, subject=subject, details=details, agency=agency)
    return append_many(entries=[entry], now=now)[0]


def append_many(*, entries: Sequence[NewEntry], now: datetime | None = None) -> list[Receipt]:
    """Like `append`, for several entries in one statement; they keep their order among themselves."""
    if not entries:
        return []
    recorded_at = (now or clock.now()).astimezone(UTC)
    moment = recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    process = conf.process_kind()
    contents = {}
    for entry in entries:
        if not entry.actor or not entry.subject:
            raise EntryRefused("A log entry says who acted and on what (CJIS AU-3).")
        reference = _new_reference(recorded_at)
        contents[reference] = canonical.encode(
            {
                "actor": entry.actor,
                "agency": entry.agency,
                "details": dict(entry.details),
                "event": entry.event.code,
                "process": process,
                "recorded_at": moment,
                "reference": reference,
                "subject": entry.subject,
                "v": FORMAT_VERSION,
            }
        )
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [f"[{b','.join(contents.values()).decode()}]"])
            ids = dict(cursor.fetchall())
    except (DatabaseError, InterfaceError) as error:
        raise LedgerUnavailable(
            "The log cannot be written, so nothing was done and nothing is shown.",
            remedy="Try again shortly; if it goes on, tell the system administrator.",
        ) from error
    return [
        Receipt(reference=reference, leaf_hash=hash_leaf(content), entry_id=ids[reference])
        for reference, content in contents.items()
    ]


def wait_for_seal(*, reference: str, most_seconds: float = 5.0) -> InclusionProof:
    """Ask the sealer to hurry and return the entry's proof once it is sealed. Not for use inside a transaction.

    :raises SealLate: if the sealer did not come by in time
    """
    request_seal()
    deadline = time.monotonic() + most_seconds
    while True:
        try:
            return selectors.get_inclusion(reference=reference)
        except EntryUnsealed:
            if time.monotonic() >= deadline:
                raise SealLate(
                    "The log has not been sealed yet; the entry is written, its proof comes later.",
                    remedy="Ask again in a moment.",
                ) from None
            time.sleep(0.05)


def export_bundle(*, path: Path, on_progress: OnProgress | None = None) -> BundleInfo:
    """Write the sealed log into a ZIP file that `ledger_verify_log --bundle` and other tlog-tiles programs can check.

    The file appears under its name only when it is whole. It holds entries: it is for auditors, not for the public.
    """
    log = DatabaseLog()
    notes = log.notes()
    checkpoint = selectors.find_latest_checkpoint()
    size = checkpoint.size if checkpoint else 0
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with BundleWriter(temporary) as bundle:
            bundle.write_head(verifier=log.verifier, notes=notes)
            for index, chunk in enumerate(log.chunks(size)):
                # Written as stored, never repaired: whoever verifies the bundle must see what is wrong with it.
                bundle.write_entries(index, [entry or b"" for entry in chunk.entries])
                bundle.write_tile(0, index, chunk.recorded)
                if on_progress:
                    on_progress(min(size, (index + 1) * TILE_WIDTH), size)
            for level, index, width in list_upper_tiles(size):
                bundle.write_tile(level, index, b"".join(selectors.read_tile(level, index, width)))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return BundleInfo(
        size=size,
        root=checkpoint.root if checkpoint else EMPTY_ROOT,
        checkpoints=len(notes),
        file_bytes=path.stat().st_size,
    )


def _new_reference(moment: datetime) -> str:
    """A UUID of version 7 (RFC 9562): ordered by time, so that its index grows at one end."""
    milliseconds = int(moment.timestamp() * 1000) & (2**48 - 1)
    digits = f"{milliseconds << 80 | int.from_bytes(os.urandom(10), 'big'):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
