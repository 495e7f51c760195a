"""Which sources are there, how do their imports stand, and what was rejected?"""

from __future__ import annotations

from uuid import UUID

from apps.accounts import services as accounts
from apps.accounts.types import ActorSnapshot
from apps.core.errors import NotFound
from apps.core.paging import Page, paginate
from apps.ingestion.adapters import ADAPTERS
from apps.ingestion.models import OPEN_STATES, ImportRun, RejectedRow, Source
from apps.ingestion.types import REJECTION_SENTENCES, ImportView, RejectedView, RejectionState, SourceKind, SourceView


class SourceMissing(NotFound):
    code = "SOURCE_MISSING"


class ImportMissing(NotFound):
    code = "IMPORT_MISSING"


class RejectMissing(NotFound):
    code = "REJECT_MISSING"


def require_reader(actor: ActorSnapshot) -> None:
    """:raises PermissionMissing: unless a live role may see ingestion; the refusal is in the ledger"""
    accounts.require_permission(actor=actor, permission="read_ingestion")


def get_source(*, code: str) -> SourceView:
    """:raises SourceMissing:"""
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise SourceMissing(f"There is no source {code}.", remedy="Register it first.")
    return view_source(source)


def list_sources() -> list[SourceView]:
    """All sources, by code. A city has some dozens."""
    return [view_source(source) for source in Source.objects.order_by("code")[:500]]


def list_sources_for(*, actor: ActorSnapshot) -> list[SourceView]:
    """Like `list_sources`, for whoever may see them."""
    require_reader(actor)
    return list_sources()


def get_import(*, reference: str) -> ImportView:
    """:raises ImportMissing:"""
    run = (
        ImportRun.objects.select_related("source").filter(reference=reference).first() if _is_uuid(reference) else None
    )
    if run is None:
        raise ImportMissing("There is no such import.")
    return view_import(run)


def get_import_for(*, actor: ActorSnapshot, reference: str) -> ImportView:
    """Like `get_import`, for whoever may see it."""
    require_reader(actor)
    return get_import(reference=reference)


def list_imports(*, cursor: str = "", size: int = 20) -> Page[ImportView]:
    """Imports, newest first."""
    page = paginate(ImportRun.objects.select_related("source"), order=("-started_at", "-id"), cursor=cursor, size=size)
    return Page(rows=[view_import(run) for run in page.rows], next_cursor=page.next_cursor)


def list_imports_for(*, actor: ActorSnapshot, cursor: str = "") -> Page[ImportView]:
    """Like `list_imports`, for whoever may see them."""
    require_reader(actor)
    return list_imports(cursor=cursor)


def list_open_uploads() -> list[str]:
    """References of uploads that no worker has finished, oldest first."""
    runs = ImportRun.objects.open().filter(is_upload=True).order_by("id").values_list("reference", flat=True)
    return [str(reference) for reference in runs[:100]]


def list_rejected(
    *, source_code: str = "", code: str = "", is_open: bool = True, cursor: str = "", size: int = 50
) -> Page[RejectedView]:
    """Rejected rows without their content, newest first."""
    rows = RejectedRow.objects.select_related("source")
    if source_code:
        rows = rows.filter(source__code=source_code)
    if code:
        rows = rows.filter(code=code)
    if is_open:
        rows = rows.filter(state=RejectionState.OPEN.value)
    page = paginate(rows, order=("-rejected_at", "-id"), cursor=cursor, size=size)
    return Page(rows=[view_rejected(row) for row in page.rows], next_cursor=page.next_cursor)


def list_rejected_for(
    *, actor: ActorSnapshot, source_code: str = "", code: str = "", cursor: str = ""
) -> Page[RejectedView]:
    """Open rejected rows, for whoever may see them."""
    require_reader(actor)
    return list_rejected(source_code=source_code, code=code, cursor=cursor)


def list_rejection_codes() -> list[tuple[str, str]]:
    """Every reason for rejecting a row, with its sentence."""
    return [(str(code), sentence) for code, sentence in REJECTION_SENTENCES.items()]


def count_rejected(*, source_code: str = "") -> int:
    """How many rejected rows wait for somebody."""
    rows = RejectedRow.objects.filter(state=RejectionState.OPEN.value)
    return (rows.filter(source__code=source_code) if source_code else rows).count()


def view_source(source: Source) -> SourceView:
    return SourceView(
        source_id=source.pk,
        code=source.code,
        name=source.name,
        adapter=source.adapter,
        adapter_label=ADAPTERS[source.adapter].label,
        kind=SourceKind(source.kind),
        zone_name=source.zone_name,
        device_references=source.device_references,
        registered_by=source.registered_by,
        registered_at=source.registered_at,
        approved_by=source.approved_by,
        approved_at=source.approved_at,
    )


def view_import(run: ImportRun) -> ImportView:
    is_over = run.state not in OPEN_STATES
    done = 100 if is_over else round(100 * run.bytes_done / run.file_size) if run.file_size else 0
    return ImportView(
        reference=str(run.reference),
        source_code=run.source.code,
        state=run.state,
        is_over=is_over,
        started_by=run.started_by,
        started_at=run.started_at,
        finished_at=run.finished_at,
        accepted=run.accepted,
        duplicates=run.duplicates,
        rejected=run.rejected,
        ignored=run.ignored,
        rejects_kept=run.rejects_kept,
        percent=min(done, 100),
        refusal_code=run.refusal_code,
    )


def view_rejected(row: RejectedRow) -> RejectedView:
    return RejectedView(
        reference=str(row.reference),
        source_code=row.source.code,
        place=f"record {row.place}",
        code=row.code,
        sentence=REJECTION_SENTENCES[row.code],
        field=row.field,
        state=row.state,
        is_retriable=row.is_retriable,
        attempts=row.attempts,
        rejected_at=row.rejected_at,
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
