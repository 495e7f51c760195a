"""The one way to read governed rows, and the case numbers that justify it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.access import conf, events, requests, rules, selectors
from apps.access.grants import live_grant
from apps.access.models import CaseReference, Query
from apps.access.reasons import score_reason
from apps.access.requests import Codes
from apps.access.types import Answer, Findings, Grant, NewCase, QueryRequest, Result
from apps.core import clock
from apps.core.errors import ConflictFound, InvalidInput, NotAllowed
from apps.ledger import services as ledger
from apps.ledger.types import Code, Receipt
from apps.policy import selectors as policies
from apps.policy import services as policy
from apps.policy.selectors import PolicyMissing, PolicyView
from apps.policy.types import Decision


class QueryRefused(NotAllowed):
    """The policy does not permit the request. Its grounds say which rule refused it and what would satisfy it."""

    code = "QUERY_REFUSED"
    title = "The policy does not permit this"

    def __init__(self, decision: Decision, *, query_reference: str, receipt: Receipt) -> None:
        super().__init__("This request was refused, and the refusal is on record.", grounds=decision.refusals)
        self.decision, self.query_reference, self.receipt = decision, query_reference, receipt


class ReasonTooLong(InvalidInput):
    code = "REASON_TOO_LONG"


class QueryAnsweredTwice(ConflictFound):
    code = "QUERY_ANSWERED_TWICE"


class CaseClosedBefore(ConflictFound):
    code = "CASE_CLOSED_BEFORE"


class PastUnmarked(InvalidInput):
    code = "PAST_UNMARKED"


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a query of the past is said to have shown."""

    count: int
    digest: bytes


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """What the first transaction leaves behind for the second."""

    query_id: int
    reference: uuid.UUID
    codes: Codes
    decision: Decision
    receipt: Receipt
    live_start: datetime


def run_query(*, request: QueryRequest, search: Callable[[Grant], Result]) -> Answer[Result]:
    """Decide, record the decision, and only then search.

    Not for use inside a transaction: the decision must be committed before anything is searched.

    :param search: called once, inside the grant's transaction, as the reader role
    :raises QueryRefused: if the policy in force does not permit the request; the refusal is on record
    :raises LedgerUnavailable: if the decision or the outcome cannot be recorded; then nothing is shown
    :raises ReasonTooLong: if the reason has more than 2,000 characters
    """
    if len(request.reason) > conf.MOST_REASON_CHARACTERS:
        raise ReasonTooLong(
            f"A reason has at most {conf.MOST_REASON_CHARACTERS:,} characters.", remedy="Say it more shortly."
        )
    # Committed before we go on: a refusal has to outlive the exception below, and a search
    # whose reason could not be recorded must never start.
    with transaction.atomic(durable=True):
        decided = _decide(request, now=clock.now())
    if not decided.decision.is_permitted:
        raise QueryRefused(decided.decision, query_reference=str(decided.reference), receipt=decided.receipt)

    with transaction.atomic(durable=True):
        with _granted(request, decided) as grant:
            result = search(grant)
        receipt = _record_outcome(request, decided, result, now=clock.now())
    return Answer(result=result, decision=decided.decision, query_reference=str(decided.reference), receipt=receipt)


@transaction.atomic
def record_past_query(
    *, request: QueryRequest, asked_at: datetime, row_count: int, digest: bytes, marks: Mapping[str, Code]
) -> None:
    """Decide a request as if it had been asked at a moment that is over, and record what it is said to have shown.

    For a history that is taken over or invented; nothing is searched. Call it in order of time.

    :param row_count: recorded up to the limit of the decision, and only if it permits
    :param marks: go into the log's entries, and say what kind of history this is
    :raises PastUnmarked: if they say nothing
    """
    if not marks:
        raise PastUnmarked("A history that was not made here has to say what it is.")
    decided = _decide(request, now=asked_at, marks=marks)
    if decided.decision.is_permitted:
        told = _Told(count=min(row_count, decided.decision.limits.most_rows), digest=digest)
        _record_outcome(request, decided, told, now=asked_at, marks=marks)


def _decide(request: QueryRequest, *, now: datetime, marks: Mapping[str, Code] | None = None) -> _Decided:
    """Build the facts, decide, and write decision, log entry and query; the caller commits."""
    in_force = _find_policy(now)
    codes = _make_codes(request, in_force)
    facts = requests.make_facts(request, codes=codes, now=now)
    sealed = requests.seal(request, day=clock.utc_day(now))
    decision = policy.decide(facts=facts, now=now, policy=in_force)
    reference = uuid.uuid4()
    receipt = ledger.append(
        event=events.QUERY_DECIDED,
        actor=request.actor.reference,
        subject=str(reference),
        details={
            **requests.describe_decided(
                codes=codes, decision=decision, sealed=sealed, look_back_days=facts.look_back_days
            ),
            **(marks or {}),
        },
        agency=request.actor.agency_ori,
        now=now,
    )
    query = Query.objects.create(
        reference=reference,
        actor=request.actor.reference,
        agency_ori=request.actor.agency_ori,
        action=codes.action,
        category=codes.category,
        purpose=codes.purpose,
        offence=codes.offence,
        case_number=codes.case_number,
        window_start=request.window.start,
        window_end=request.window.end,
        reason_grade=codes.reason_grade,
        sealed_day=sealed.day,
        sealed_facts=sealed.ciphertext,
        outcome=Query.Outcome.PERMITTED if decision.is_permitted else Query.Outcome.REFUSED,
        decision_reference=decision.reference,
        policy_version=decision.policy_version,
        rule_ids=list(decision.rule_ids),
        refusal_codes=list(dict.fromkeys(decision.refusal_codes)),
        decided_at=now,
        decided_entry=receipt.reference,
    )
    return _Decided(
        query_id=query.pk,
        reference=reference,
        codes=codes,
        decision=decision,
        receipt=receipt,
        live_start=rules.get_live_start(
            window=request.window, retention_days=_get_retention_days(in_force, codes.category), now=now
        ),
    )


def _find_policy(now: datetime) -> PolicyView | None:
    try:
        return policies.get_policy_in_force(now=now)
    except PolicyMissing:
        return None


def _make_codes(request: QueryRequest, in_force: PolicyView | None) -> Codes:
    number = rules.normalise_case_number(request.case_number)
    lexicon = {pack.code: pack.words for pack in in_force.document.vocabulary} if in_force else {}
    score = score_reason(
        request.reason,
        recent=selectors.list_recent_reasons(actor=request.actor.reference, besides_case=number),
        case_number=number,
        lexicon=lexicon,
    )
    return requests.make_codes(
        request,
        policy=in_force,
        case_status=selectors.find_case_status(number=number),
        reason_grade=score.grade,
    )


def _get_retention_days(in_force: PolicyView | None, category: str) -> int:
    """0 where the policy does not know the category: then nothing of it is live."""
    categories = in_force.document.categories if in_force else ()
    return next((entry.retention_days for entry in categories if entry.code == category), 0)


@contextmanager
def _granted(request: QueryRequest, decided: _Decided) -> Iterator[Grant]:
    with live_grant(
        query=decided.reference,
        category=decided.codes.category,
        starts_at=decided.live_start,
        ends_at=request.window.end,
    ):
        yield Grant(
            query_reference=str(decided.reference),
            category=decided.codes.category,
            window=request.window,
            most_rows=decided.decision.limits.most_rows,
            case_number=decided.codes.case_number,
        )


def _record_outcome(
    request: QueryRequest,
    decided: _Decided,
    result: Findings,
    *,
    now: datetime,
    marks: Mapping[str, Code] | None = None,
) -> Receipt:
    receipt = ledger.append(
        event=events.QUERY_ANSWERED,
        actor=request.actor.reference,
        subject=str(decided.reference),
        details={
            **requests.describe_answered(
                codes=decided.codes, decision=decided.decision, row_count=result.count, digest=result.digest
            ),
            **(marks or {}),
        },
        agency=request.actor.agency_ori,
        now=now,
    )
    closed = Query.objects.filter(pk=decided.query_id, answered_at=None).update(
        answered_at=now, answered_entry=receipt.reference, row_count=result.count, digest=result.digest
    )
    if closed != 1:
        raise QueryAnsweredTwice("This request has an outcome already.", remedy="Make a new request.")
    return receipt


def record_case(*, case: NewCase, now: datetime) -> None:
    """Make one case or call known, or bring what is known of it up to date."""
    record_cases(cases=[case], now=now)


@transaction.atomic
def record_cases(*, cases: Sequence[NewCase], now: datetime) -> int:
    """Make cases and calls known, or bring them up to date. A closed case stays closed whatever a feed repeats.

    :return: how many different numbers there were
    """
    known = {}
    for case in cases:
        number = rules.normalise_case_number(case.number)
        if number:
            known[number] = case
    CaseReference.objects.bulk_create(
        [
            CaseReference(
                number=number,
                kind=case.kind,
                status=case.status,
                offence=case.offence[:64],
                occurred_at=case.occurred_at,
                latitude=case.latitude,
                longitude=case.longitude,
                recorded_at=now,
                closed_at=now if case.status == CaseReference.Status.CLOSED else None,
            )
            for number, case in sorted(known.items())
        ],
        batch_size=conf.CASES_AT_ONCE,
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["kind", "offence", "occurred_at", "latitude", "longitude"],
    )
    closed = [number for number, case in known.items() if case.status == CaseReference.Status.CLOSED]
    if closed:
        CaseReference.objects.filter(number__in=closed, status=CaseReference.Status.OPEN).update(
            status=CaseReference.Status.CLOSED, closed_at=now
        )
    return len(known)


def close_case(*, number: str, actor: str, now: datetime | None = None) -> None:
    """Close a case: from now on it justifies no look-up, and what is kept for it may go.

    :raises CaseMissing: if the agency knows no such case
    :raises CaseClosedBefore: if it is closed already
    """
    moment = now or clock.now()
    case = selectors.get_case(number=number)
    with transaction.atomic():
        changed = CaseReference.objects.filter(number=case.number, status=CaseReference.Status.OPEN).update(
            status=CaseReference.Status.CLOSED, closed_at=moment
        )
        if changed != 1:
            raise CaseClosedBefore("This case is closed already.")
        ledger.append(
            event=events.CASE_CLOSED,
            actor=actor,
            subject=f"case:{case.number}",
            details={"case_number": case.number},
            now=moment,
        )
