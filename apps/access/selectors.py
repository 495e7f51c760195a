"""Which cases are known, what was asked for, and what did somebody themselves ask?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.access import conf, requests, rules
from apps.access.models import CaseReference, Query
from apps.access.types import CaseView, OpenedFacts, QueryView
from apps.accounts.types import ActorSnapshot
from apps.core.errors import NotFound
from apps.core.paging import PAGE_SIZE, Page, paginate
from apps.core.types import Window

MISSING, UNKNOWN = "MISSING", "UNKNOWN"


class CaseMissing(NotFound):
    code = "CASE_MISSING"


class QueryMissing(NotFound):
    code = "QUERY_MISSING"


def get_case(*, number: str) -> CaseView:
    """:raises CaseMissing: if the agency knows no such case or call"""
    case = CaseReference.objects.filter(number=rules.normalise_case_number(number)).first()
    if case is None:
        raise CaseMissing("No such case or call is known.", remedy="Check the number, leading zeros included.")
    return CaseView(
        number=case.number,
        kind=case.kind,
        status=case.status,
        offence=case.offence,
        occurred_at=case.occurred_at,
        latitude=case.latitude,
        longitude=case.longitude,
    )


def find_case_status(*, number: str) -> str:
    """OPEN, CLOSED, UNKNOWN (the agency knows no such number) or MISSING (no number is given)."""
    wanted = rules.normalise_case_number(number)
    if not wanted:
        return MISSING
    found = CaseReference.objects.filter(number=wanted).values_list("status", flat=True).first()
    return found or UNKNOWN


def is_case_closed(*, number: str) -> bool:
    """True only for a case that is known and closed."""
    return find_case_status(number=number) == CaseReference.Status.CLOSED


def list_recent_reasons(*, actor: str, besides_case: str) -> list[str]:
    """What the person gave as reason in their last queries, the newest for each other case number."""
    rows = (
        Query.objects.by_actor(actor)
        .order_by("-decided_at", "-id")
        .values_list("case_number", "sealed_day", "sealed_facts")[: conf.RECENT_QUERIES]
    )
    newest: dict[str, tuple[date, bytes]] = {}
    for number, day, sealed in rows:
        if number != besides_case:
            newest.setdefault(number, (day, bytes(sealed)))
    return [facts.reason for facts in requests.open_many(list(newest.values())) if facts is not None]


def get_query(*, reference: str) -> QueryView:
    """:raises QueryMissing: if there is no such query"""
    query = Query.objects.filter(reference=_parse(reference)).first()
    if query is None:
        raise QueryMissing("There is no such query.")
    return _view(query)


def list_queries(
    *,
    actor: str = "",
    case_number: str = "",
    purpose: str = "",
    outcome: str = "",
    window: Window | None = None,
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page[QueryView]:
    """One page of queries that meet every filter given, newest first, without their sealed facts."""
    number = rules.normalise_case_number(case_number)
    equal = {"actor": actor, "case_number": number, "purpose": purpose, "outcome": outcome}
    rows = Query.objects.filter(**{name: value for name, value in equal.items() if value})
    if window is not None:
        rows = rows.filter(decided_at__gte=window.start, decided_at__lt=window.end)
    page = paginate(rows, order=("-decided_at", "-id"), cursor=cursor, size=size)
    return Page(rows=[_view(row) for row in page.rows], next_cursor=page.next_cursor)


def list_own_accesses(*, actor: ActorSnapshot, cursor: str = "", size: int = PAGE_SIZE) -> Page[QueryView]:
    """One page of the actor's own queries, newest first, with what they themselves wrote while it can be read."""
    rows = Query.objects.by_actor(actor.reference)
    page = paginate(rows, order=("-decided_at", "-id"), cursor=cursor, size=size)
    facts = requests.open_many([(row.sealed_day, bytes(row.sealed_facts)) for row in page.rows])
    views = [replace(_view(row), facts=opened) for row, opened in zip(page.rows, facts, strict=True)]
    return Page(rows=views, next_cursor=page.next_cursor)


def list_unanswered(*, now: datetime, cursor: str = "", size: int = PAGE_SIZE) -> Page[QueryView]:
    """Permitted queries without an outcome on record although their grant is long over: each is a finding."""
    rows = Query.objects.unanswered().filter(decided_at__lt=now - timedelta(seconds=conf.GRANT_SECONDS))
    page = paginate(rows, order=("-decided_at", "-id"), cursor=cursor, size=size)
    return Page(rows=[_view(row) for row in page.rows], next_cursor=page.next_cursor)


def count_unanswered(*, now: datetime) -> int:
    """How many queries `list_unanswered` lists."""
    return Query.objects.unanswered().filter(decided_at__lt=now - timedelta(seconds=conf.GRANT_SECONDS)).count()


def list_queries_by_reference(*, references: Collection[str]) -> Mapping[str, QueryView]:
    """Queries by reference, without their sealed facts; those that are gone are not in it."""
    found = Query.objects.filter(reference__in=[UUID(reference) for reference in references])
    return {str(row.reference): _view(row) for row in found}


def open_reasons(*, references: Collection[str]) -> Mapping[str, str]:
    """What was given as reason, by query, while it can be read: for who may read the trail, and only on record."""
    found = Query.objects.filter(reference__in=[UUID(reference) for reference in references])
    rows = list(found.values_list("reference", "sealed_day", "sealed_facts"))
    facts = requests.open_many([(day, bytes(sealed)) for _, day, sealed in rows])
    return {str(row[0]): opened.reason for row, opened in zip(rows, facts, strict=True) if opened is not None}


def agrees_with_log(*, reference: str, commitment: str) -> bool | None:
    """Do a query's sealed facts agree with the commitment in the log? None where they can no longer be read.

    :raises QueryMissing: if there is no such query
    """
    row = Query.objects.filter(reference=_parse(reference)).values_list("sealed_day", "sealed_facts").first()
    if row is None:
        raise QueryMissing("There is no such query.")
    return requests.is_committed(day=row[0], ciphertext=bytes(row[1]), commitment=commitment)


def _parse(reference: str) -> UUID:
    try:
        return UUID(reference)
    except ValueError:
        raise QueryMissing("There is no such query.") from None


def _view(row: Query, facts: OpenedFacts | None = None) -> QueryView:
    return QueryView(
        reference=str(row.reference),
        actor=row.actor,
        agency_ori=row.agency_ori,
        action=row.action,
        category=row.category,
        purpose=row.purpose,
        offence=row.offence,
        case_number=row.case_number,
        window=Window(start=row.window_start, end=row.window_end),
        reason_grade=row.reason_grade,
        outcome=row.outcome,
        refusal_codes=tuple(row.refusal_codes),
        rule_ids=tuple(row.rule_ids),
        policy_version=row.policy_version,
        decided_at=row.decided_at,
        decided_entry=str(row.decided_entry),
        answered_at=row.answered_at,
        answered_entry=str(row.answered_entry or ""),
        row_count=row.row_count,
        facts=facts,
    )
