"""What awaits this person?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timesince import timesince
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.access import selectors as access
from apps.accounts.types import ActorSnapshot
from apps.core import clock
from apps.core.types import Window
from apps.ingestion import selectors as ingestion
from apps.ledger import selectors as ledger
from apps.ordinance import selectors as ordinance
from apps.policy import selectors as policy
from apps.retention import selectors as retention
from apps.retention.types import BucketState

DECIDED = "QUERY_DECIDED"
WEEK = timedelta(days=7)
SHOWN = 5
MOST_SEALER_LAG_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing to do or to watch. `tone` is `act`, `watch` or `calm`; `figure` may be empty."""

    figure: str
    title: str
    sentence: str
    address: str
    link: str
    tone: str = "calm"


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Context: `tasks`, and where the live roles permit it `accesses`, `refused`, `refusals` (code, count), `runs` and
    `reports`.
    """
    actor: ActorSnapshot = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    tasks = [task for permission, make in TASKS if permission in actor.permissions for task in make(actor, now)]
    sections: dict[str, Any] = {
        name: make(actor, now) if permission in actor.permissions else None
        for name, (permission, make) in SECTIONS.items()
    }
    return render(request, "home.html", {"tasks": tasks, **sections})


def _look_up(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    yield Task(
        figure="",
        title="Look a plate up",
        sentence="Name the case, the offence and the reason first; they are recorded with what is shown.",
        address=reverse("lookups:plate"),
        link="Open the form",
    )


def _holds(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    count, first = retention.count_holds()
    ends = f"The first ends by {first.astimezone(clock.get_local_zone()):%b %-d, %Y}." if first else "None is open."
    yield Task(
        figure=str(count),
        title="Holds that keep reads for a case",
        sentence=f"A hold ends when its case closes, or on its last day. {ends}",
        address=reverse("retention:calendar"),
        link="Open the calendar",
        tone="watch" if count else "calm",
    )


def _destruction(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    try:
        counts = retention.count_by_state(now=now)
    except policy.PolicyMissing:
        return  # The card of the policy says so, and without a policy nothing is due.
    due, overdue = counts[BucketState.DUE], counts[BucketState.OVERDUE]
    last = retention.get_last_run_at()
    ran = f"The purge last ran {_ago(last, now)}." if last else "The purge has not run yet."
    yield Task(
        figure=f"{overdue} overdue, {due} due",
        title="Days of data to destroy",
        sentence=f"{counts[BucketState.DESTROYED]} are destroyed and certified. {ran}",
        address=reverse("retention:calendar"),
        link="Open the calendar",
        tone="act" if overdue else "watch" if due else "calm",
    )


def _policy(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    found = policy.find_version_in_force(now=now)
    yield Task(
        figure=f"Version {found[0]}" if found else "None",
        title="Policy in force",
        sentence=f"Digest {found[1][:12]}…" if found else "Without one every request is refused.",
        address=reverse("policy:in-force"),
        link="Read it in plain words",
        tone="calm" if found else "act",
    )


def _trail(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    outcomes = ledger.count_by_detail(window=Window(start=now - WEEK, end=now), event=DECIDED, detail="outcome")
    refused = outcomes.get("REFUSED", 0)
    yield Task(
        figure=str(sum(outcomes.values())),
        title="Requests decided in seven days",
        sentence=f"{outcomes.get('PERMITTED', 0)} permitted, {refused} refused, as the log has them.",
        address=reverse("audit:trail"),
        link="Open the trail",
    )
    unanswered = access.count_unanswered(now=now)
    yield Task(
        figure=str(unanswered),
        title="Permitted requests without an outcome",
        sentence="Each is a finding: it was permitted, and what it showed is not on record."
        if unanswered
        else "Every permitted request says what it showed.",
        address=reverse("audit:trail") + "?outcome=PERMITTED",
        link="Open permitted requests",
        tone="act" if unanswered else "calm",
    )


def _log(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    checkpoint, lag = ledger.find_latest_checkpoint(), ledger.get_sealer_lag(now=now)
    sealed = f"Sealed {_ago(checkpoint.sealed_at, now)}." if checkpoint else "It has not been sealed yet."
    waits = f"The oldest unsealed entry has waited {lag:.0f} s." if lag else "No entry waits for the sealer."
    yield Task(
        figure=f"{checkpoint.size:,} entries" if checkpoint else "No checkpoint",
        title="Access log",
        sentence=f"{sealed} {waits}",
        address=reverse("ledger:checkpoint"),
        link="Open the signed checkpoint",
        tone="act" if lag > MOST_SEALER_LAG_SECONDS or checkpoint is None else "calm",
    )


def _reports(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    page = ordinance.list_reports(size=1)
    built = f"The last was built {_ago(page.rows[0].built_at, now)}." if page.rows else "None is built yet."
    yield Task(
        figure="",
        title="Reports to the council",
        sentence=f"Who was given access, how often, for what, and what was refused. {built}",
        address=reverse("ordinance:report"),
        link="Open the reports",
        tone="calm" if page.rows else "watch",
    )


def _feeds(actor: ActorSnapshot, now: datetime) -> Iterable[Task]:
    rejected = ingestion.count_rejected()
    yield Task(
        figure=f"{rejected:,}",
        title="Rejected rows that wait",
        sentence="Mend the cause, then try them again." if rejected else "Every row was taken in or dealt with.",
        address=reverse("ingestion:rejected"),
        link="Open rejected rows",
        tone="act" if rejected else "calm",
    )
    sources = ingestion.list_sources()
    unapproved = sum(source.approved_at is None for source in sources)
    yield Task(
        figure=str(len(sources)),
        title="Registered sources",
        sentence=f"{unapproved} of them wait for approval." if unapproved else "All of them are approved.",
        address=reverse("ingestion:sources"),
        link="Open the feeds",
        tone="watch" if unapproved else "calm",
    )


def _ago(moment: datetime, now: datetime) -> str:
    return "less than a minute ago" if now - moment < timedelta(minutes=1) else f"{timesince(moment, now, depth=1)} ago"


def _list_accesses(actor: ActorSnapshot, now: datetime) -> list[Any]:
    return access.list_own_accesses(actor=actor, size=SHOWN).rows


def _list_refused(actor: ActorSnapshot, now: datetime) -> list[Any]:
    return access.list_queries(actor=actor.reference, outcome="REFUSED", size=SHOWN).rows


def _count_refusals(actor: ActorSnapshot, now: datetime) -> list[tuple[str, int]]:
    """Refusals of the last seven days by their grounds; a request may have several."""
    window = Window(start=now - WEEK, end=now)
    counts: Counter[str] = Counter()
    for listed, count in ledger.count_by_detail(window=window, event=DECIDED, detail="refusals").items():
        for code in json.loads(listed or "[]"):
            counts[code] += count
    return counts.most_common()


def _list_runs(actor: ActorSnapshot, now: datetime) -> list[Any]:
    return ingestion.list_imports(size=SHOWN).rows


def _list_reports(actor: ActorSnapshot, now: datetime) -> list[Any]:
    return ordinance.list_reports(size=SHOWN).rows


Make = Callable[[ActorSnapshot, datetime], Any]
# What each permission makes await somebody, in the order of the page.
TASKS: tuple[tuple[str, Make], ...] = (
    ("lookup_plates", _look_up),
    ("run_purge", _destruction),
    ("import_files", _feeds),
    ("read_trail", _trail),
    ("read_report", _reports),
    ("verify_log", _log),
    ("preserve_rows", _holds),
    ("read_policy", _policy),
)
SECTIONS: dict[str, tuple[str, Make]] = {
    "accesses": ("lookup_plates", _list_accesses),
    "refused": ("lookup_plates", _list_refused),
    "refusals": ("read_trail", _count_refusals),
    "runs": ("import_files", _list_runs),
    "reports": ("read_report", _list_reports),
}
