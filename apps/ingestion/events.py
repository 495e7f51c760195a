"""What ingestion writes in the ledger."""

from __future__ import annotations

from apps.ledger.types import EventType

SOURCE_REGISTERED = EventType(
    code="SOURCE_REGISTERED", sentence="{actor} registered the source {subject}, which delivers {kind} as {adapter}."
)
SOURCE_APPROVED = EventType(code="SOURCE_APPROVED", sentence="{actor} approved the source {subject}.")
IMPORT_FINISHED = EventType(
    code="IMPORT_FINISHED",
    sentence="{actor} imported a file of {source}: {accepted} rows accepted, {duplicates} known already, "
    "{rejected} rejected, {ignored} ignored.",
)
IMPORT_REFUSED = EventType(
    code="IMPORT_REFUSED", sentence="A file for the source {subject} from {actor} was refused: {refusals}."
)
FEED_WRITTEN = EventType(
    code="FEED_WRITTEN",
    sentence="{actor} wrote events of the source {subject}: {accepted} accepted, {duplicates} known already, "
    "{rejected} rejected.",
)
REJECT_OPENED = EventType(
    code="REJECT_OPENED", sentence="{actor} opened the rejected row {subject} of {source}, rejected as {reason}."
)
REJECTS_RETRIED = EventType(
    code="REJECTS_RETRIED", sentence="{actor} retried {tried} rejected rows; {resolved} were accepted."
)
