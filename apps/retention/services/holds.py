"""How does a read outlive its day, and how does the copy go in its turn?

A hold is a justified query like any other: what is copied was shown, once, under a decision that is in the ledger. The
copies are sealed under the case's key and live until the case closes or the hold's own end, whichever comes first.
"""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction

from apps.access import selectors as access_log
from apps.access import services as access
from apps.access.types import Grant, QueryRequest
from apps.core.db import Role, acting_as
from apps.core.errors import ConflictFound, NotAllowed
from apps.core.types import Window
from apps.keys import services as keys
from apps.ledger import services as ledger
from apps.policy.rules import first_kept_moment
from apps.records import preserved
from apps.records.preserved import OpenedReads
from apps.retention import conf, events, rules, selectors
from apps.retention.models import Hold
from apps.retention.types import Preservation, PreserveRequest


class PreservationRefused(NotAllowed):
    code = "PRESERVATION_REFUSED"


class HoldDoubled(ConflictFound):
    code = "HOLD_DOUBLED"


class ReadsMissing(ConflictFound):
    """Some of the reads are not there, or lie outside what the policy lets this request see."""

    code = "READS_MISSING"


def preserve_reads(*, request: PreserveRequest, now: datetime) -> Preservation:
    """Copy the reads under the case's key, in the transaction that records that they were opened.

    :raises PreservationRefused: if the hold is not specific, not approved by a second person, or has no fair end
    :raises QueryRefused: if the policy in force does not permit the request
    :raises ReadsMissing: if not every read could be copied; then none is
    :raises HoldDoubled: if the case keeps one of the reads already; then none is copied
    """
    days = sorted({day for day, _ in request.read_ids})
    _check(request, days, now)
    hold_reference = uuid.uuid4()
    wanted = set(request.read_ids)
    window = _find_window(request.category, days, now)

    def copy(grant: Grant) -> OpenedReads:
        reads = preserved.open_reads(grant=grant, read_ids=request.read_ids)
        if reads.count == len(wanted):
            # The outcome of the query stands whether or not the copies do.
            with suppress(HoldDoubled), transaction.atomic():
                _keep(request, reads, grant=grant, hold_reference=hold_reference, now=now)
        return reads

    answer = access.run_query(
        request=QueryRequest(
            actor=request.actor,
            action="PRESERVE",
            category=request.category,
            purpose=request.purpose,
            offence=request.offence,
            case_number=request.case_number,
            reason=request.reason,
            window=window,
            criteria={"reads": " ".join(f"{day}/{read_id}" for day, read_id in request.read_ids)},
        ),
        search=copy,
    )
    missing = len(wanted) - answer.result.count
    if missing:
        raise ReadsMissing(
            f"{missing} of the reads are not there or lie beyond the request's reach, so none was kept.",
            remedy="Take the reads from a look-up's result while their day is kept.",
        )
    if not Hold.objects.filter(reference=hold_reference).exists():
        raise HoldDoubled("The case keeps one of these reads already, so this hold was not made.")
    return get_preservation(hold_reference)


def get_preservation(reference: uuid.UUID) -> Preservation:
    hold = Hold.objects.get(reference=reference)
    return Preservation(
        reference=str(hold.reference),
        case_number=hold.case_number,
        rows=hold.rows,
        query_reference=hold.query_reference,
        ledger_reference=hold.ledger_reference,
        hold_ends_at=hold.hold_ends_at,
    )


def release_ended_holds(*, now: datetime, actor: str) -> list[str]:
    """Destroy the copies of every hold that has ended, and a case's key with its last hold. Safe to repeat.

    :return: the case numbers whose key went
    """
    released = []
    cases = Hold.objects.filter(released_at=None).order_by("case_number").values_list("case_number", flat=True)
    for case_number in cases.distinct():
        is_closed = access_log.is_case_closed(number=case_number)
        live = Hold.objects.filter(case_number=case_number, released_at=None)
        ended = list(live if is_closed else live.filter(hold_ends_at__lte=now))
        if ended and _release(
            case_number, ended, cause="CASE_CLOSED" if is_closed else "HOLD_OVER", now=now, actor=actor
        ):
            released.append(case_number)
    return released


def _check(request: PreserveRequest, days: list[date], now: datetime) -> None:
    grounds = rules.get_preservation_refusals(
        requester=request.actor.reference,
        approver=request.approver.reference,
        approver_may_preserve=request.approver.has_permission("preserve_rows"),
        days=days,
        wanted=len(request.read_ids),
        most_rows=conf.most_preserved_rows(),
        hold_ends_at=request.hold_ends_at,
        longest_hold=conf.longest_hold(),
        now=now,
    )
    if grounds:
        first = grounds[0]
        raise PreservationRefused(first.message, code=first.code, remedy=first.remedy, grounds=grounds)


def _find_window(category: str, days: list[date], now: datetime) -> Window:
    """The live part of the chosen days: what is past its period is out of reach even before the purge comes."""
    days_kept = selectors.get_retention_rule(category=category, now=now).days
    start = max(Window.of_day(days[0]).start, first_kept_moment(retention_days=days_kept, now=now))
    end = min(Window.of_day(days[-1]).end, now)
    if start >= end:
        raise PreservationRefused(
            "The retention period of these reads is over.", code="PERIOD_OVER", remedy="A hold must come in time."
        )
    return Window(start=start, end=end)


def _keep(
    request: PreserveRequest, reads: OpenedReads, *, grant: Grant, hold_reference: uuid.UUID, now: datetime
) -> None:
    with acting_as(Role.INGEST):
        stored = preserved.store_copies(
            reads=reads, case_number=grant.case_number, hold_reference=hold_reference, now=now
        )
    if stored != reads.count:
        raise HoldDoubled("The case keeps one of these reads already.")
    with acting_as(Role.APP):
        _record(request, reads, grant=grant, hold_reference=hold_reference, now=now)


def _record(
    request: PreserveRequest, reads: OpenedReads, *, grant: Grant, hold_reference: uuid.UUID, now: datetime
) -> None:
    by_day = Counter(day.isoformat() for day in reads.days)
    receipt = ledger.append(
        event=events.READS_PRESERVED,
        actor=request.actor.reference,
        subject=str(hold_reference),
        details={
            "case_number": grant.case_number,
            "category": request.category,
            "rows": reads.count,
            "approver": request.approver.reference,
            "query": grant.query_reference,
            "hold_ends_at": request.hold_ends_at.isoformat(),
            "digest": reads.digest.hex(),
        },
        agency=request.actor.agency_ori,
        now=now,
    )
    Hold.objects.create(
        reference=hold_reference,
        category=request.category,
        case_number=grant.case_number,
        rows=reads.count,
        rows_by_day=dict(by_day),
        requested_by=request.actor.reference,
        approved_by=request.approver.reference,
        query_reference=grant.query_reference,
        ledger_reference=receipt.reference,
        preserved_at=now,
        hold_ends_at=request.hold_ends_at,
    )


def _release(case_number: str, ended: list[Hold], *, cause: str, now: datetime, actor: str) -> bool:
    """Release holds of one case; True if the case's key went with the last of them."""
    with transaction.atomic(durable=True):
        locked = Hold.objects.select_for_update().filter(pk__in=[hold.pk for hold in ended], released_at=None)
        holds = list(locked)
        is_last = (
            not Hold.objects.filter(case_number=case_number, released_at=None)
            .exclude(pk__in=[hold.pk for hold in holds])
            .exists()
        )
        if is_last:
            keys.destroy_key(scope=preserved.case_scope(case_number), actor=actor, now=now)
        with acting_as(Role.PURGE):
            preserved.delete_copies(hold_references=[hold.reference for hold in holds])
        for hold in holds:
            hold.released_at, hold.released_by = now, actor
            hold.save()
            ledger.append(
                event=events.HOLD_RELEASED,
                actor=actor,
                subject=str(hold.reference),
                details={
                    "case_number": case_number,
                    "rows": hold.rows,
                    "cause": cause,
                    "key_destroyed": is_last,
                },
                now=now,
            )
    return is_last
