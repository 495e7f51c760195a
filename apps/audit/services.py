"""Read the trail, and leave a trace of having read it.

The trail is the log's, not a table's that could be changed: queries' rows add only what the log must not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.access import selectors as access
from apps.access.rules import normalise_case_number
from apps.access.types import QueryView
from apps.accounts import selectors as people
from apps.accounts.services import require_permission
from apps.accounts.types import ActorSnapshot
from apps.audit import conf, events, rules, sentences
from apps.audit.types import EntryPage, ProofView, Trail, TrailFilters, TrailRow
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ledger.selectors import EntryMissing, EntryUnsealed
from apps.ledger.types import EntryView

DECIDED, ANSWERED = "QUERY_DECIDED", "QUERY_ANSWERED"


def find_trail(*, actor: ActorSnapshot, filters: TrailFilters, cursor: str = "") -> Trail:
    """One page of decided requests that meet the filters, newest first, recorded as read before it is shown.

    :raises PermissionMissing: if the actor may not read the trail; that is recorded too
    :raises LedgerUnavailable: if the reading cannot be recorded; then nothing is shown
    """
    require_permission(actor=actor, permission="read_trail")
    with transaction.atomic(durable=True):
        entries, next_cursor = _scan(filters, cursor)
        rows = _show(entries, reader=actor)
        receipt = ledger.append(
            event=events.TRAIL_READ,
            actor=actor.reference,
            subject="trail",
            details={
                **rules.describe_filters(filters),
                "rows": len(rows),
                "own": sum(row.is_own for row in rows),
                "is_continued": bool(cursor),
            },
            agency=actor.agency_ori,
        )
    return Trail(rows=rows, next_cursor=next_cursor, receipt_reference=receipt.reference)


def open_entry(*, actor: ActorSnapshot, reference: str) -> EntryPage:
    """One entry with its proof, checked now; opening somebody else's entry is recorded before it is shown.

    :raises EntryMissing: if there is no such entry, or the actor may not see it
    :raises LedgerUnavailable: if the reading cannot be recorded; then nothing is shown
    """
    entry = log.get_entry(reference=reference)
    if not rules.may_open_entry(reader=actor.reference, may_read_trail=actor.has_permission("read_trail"), entry=entry):
        raise EntryMissing("The log has no such entry.", remedy="Check the reference; it is printed on the receipt.")
    if entry.actor != actor.reference:
        with transaction.atomic(durable=True):
            ledger.append(
                event=events.ENTRY_READ,
                actor=actor.reference,
                subject=entry.reference,
                details={"event": entry.event},
                agency=actor.agency_ori,
            )
    return EntryPage(
        reference=entry.reference,
        event=entry.event,
        sentence=sentences.describe(entry),
        actor=entry.actor,
        actor_name=_name_people([entry.actor]).get(entry.actor, entry.actor),
        subject=entry.subject,
        agency=entry.agency,
        recorded_at=entry.recorded_at,
        details=entry.details,
        canonical=entry.canonical.decode(),
        leaf_hash=entry.leaf_hash.hex(),
        index=entry.index,
        proof=_prove(entry),
        is_committed=_check_commitment(entry),
        related=_find_related(entry),
    )


def _scan(filters: TrailFilters, cursor: str) -> tuple[list[EntryView], str]:
    """Entries that meet the filters, and where to go on. The log's indexes answer all but purpose and outcome."""
    found: list[EntryView] = []
    scanned = 0
    is_narrow = bool(filters.purpose or filters.outcome)
    while True:
        page = log.list_entries(
            events=[DECIDED],
            actor=filters.person,
            case_number=normalise_case_number(filters.case_number),
            window=filters.window,
            cursor=cursor,
            size=conf.SCAN_ROWS if is_narrow else conf.PAGE_ROWS,
        )
        found += [entry for entry in page.rows if rules.is_wanted(entry, filters)]
        scanned += len(page.rows)
        cursor = page.next_cursor
        if not cursor or len(found) >= conf.PAGE_ROWS or scanned >= conf.MOST_SCANNED:
            return found, cursor


def _show(entries: Sequence[EntryView], *, reader: ActorSnapshot) -> list[TrailRow]:
    references = [entry.subject for entry in entries]
    queries = access.list_queries_by_reference(references=references)
    reasons = access.open_reasons(references=references)
    answers = log.list_entries_by_reference(
        references=[query.answered_entry for query in queries.values() if query.answered_entry]
    )
    names = _name_people([entry.actor for entry in entries])
    return [
        _row(
            entry,
            query=queries.get(entry.subject),
            answers=answers,
            reason=reasons.get(entry.subject),
            name=names.get(entry.actor, entry.actor),
            is_own=entry.actor == reader.reference,
        )
        for entry in entries
    ]


def _row(
    entry: EntryView,
    *,
    query: QueryView | None,
    answers: Mapping[str, EntryView],
    reason: str | None,
    name: str,
    is_own: bool,
) -> TrailRow:
    details: Mapping[str, Any] = entry.details
    answer = answers.get(query.answered_entry) if query else None
    # An outcome counts only if it is this request's in the log.
    if answer is not None and (answer.event, answer.subject) != (ANSWERED, entry.subject):
        answer = None
    return TrailRow(
        reference=entry.subject,
        entry=entry.reference,
        answered_entry=answer.reference if answer else "",
        decided_at=entry.recorded_at,
        actor=entry.actor,
        actor_name=name,
        agency=entry.agency,
        purpose=details["purpose"],
        offence=details["offence"],
        category=details["category"],
        case_number=details["case_number"] or (query.case_number if query else ""),
        case_status=details["case_status"],
        outcome=details["outcome"],
        reason=reason,
        reason_grade=details["reason_grade"],
        refusal_codes=tuple(details["refusals"]),
        rule_ids=tuple(details["rules"]),
        policy_version=details["policy_version"],
        look_back_days=details["look_back_days"],
        row_count=answer.details["row_count"] if answer else None,
        is_own=is_own,
        is_unanswered=details["outcome"] == "PERMITTED" and answer is None,
    )


def _name_people(references: Sequence[str]) -> dict[str, str]:
    return people.list_display_names(references=set(references))


def _prove(entry: EntryView) -> ProofView | None:
    """None until the sealer has come by."""
    try:
        proof = log.get_inclusion(reference=entry.reference)
    except EntryUnsealed:
        return None
    return ProofView(
        is_verified=log.is_included(proof=proof, leaf_hash=entry.leaf_hash),
        index=proof.index,
        size=proof.size,
        root=proof.root.hex(),
        hashes=tuple(step.hex() for step in proof.hashes),
        note=proof.note,
    )


def _check_commitment(entry: EntryView) -> bool | None:
    commitment = entry.details.get("commitment")
    if entry.event != DECIDED or not commitment:
        return None
    try:
        return access.agrees_with_log(reference=entry.subject, commitment=commitment)
    except access.QueryMissing:
        return None


def _find_related(entry: EntryView) -> tuple[tuple[str, str], ...]:
    """Other entries about the same subject, as (reference, event), oldest first."""
    page = log.list_entries(subject=entry.subject, size=20)
    return tuple((other.reference, other.event) for other in reversed(page.rows) if other.id != entry.id)
