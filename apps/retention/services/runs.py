"""How does the destroy door stay on time, and when does it rather do nothing?"""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from django.db import transaction
from django.db.models import QuerySet

from apps.core.errors import ConflictFound
from apps.ledger import services as ledger
from apps.ledger.types import Code
from apps.retention import conf, events, rules, selectors
from apps.retention.models import PurgeRun
from apps.retention.services.destruction import (
    BucketInUse,
    DestructionUnderWay,
    check_may_purge,
    destroy_bucket,
    plan_destruction,
)
from apps.retention.services.holds import release_ended_holds
from apps.retention.types import RunSummary

REASON = "Retention period over"


class PurgeRefused(ConflictFound):
    code = "PURGE_REFUSED"


def run_due(
    *, now: datetime, actor: str = "system:retention", reason: str = REASON, is_confirmed: bool = False
) -> RunSummary:
    """Destroy every bucket that is due and release the holds that have ended. Safe to repeat and to run twice at once.

    :param is_confirmed: a person has seen the dry run: the bounds on how much and after how long do not stop it
    :raises PurgeRefused: if the clock is not to be believed or too much would go; the refusal is in the ledger
    """
    check_may_purge(actor)
    due = [
        plan for category in selectors.list_categories(now=now) for plan in plan_destruction(category=category, now=now)
    ]
    grounds = rules.get_run_refusals(
        now=now,
        last_seen=selectors.get_last_run_at(),
        due_buckets=len(due),
        most_buckets=conf.most_buckets_unattended(),
        longest_gap=conf.longest_gap(),
        is_confirmed=is_confirmed,
    )
    if grounds:
        _refuse(grounds, actor=actor, now=now, due=len(due))
    run = _open_run(actor=actor, now=now, due=len(due))
    certificates, skipped = [], []
    for plan in due:
        try:
            certificates.append(
                destroy_bucket(category=plan.category, day=plan.day, actor=actor, reason=reason, now=now)
            )
        except (DestructionUnderWay, BucketInUse):
            # Another run or a long look-up has it in hand; what is left unfinished the next run takes up.
            skipped.append(f"{plan.category}/{plan.day}")
    released = release_ended_holds(now=now, actor=actor)
    PurgeRun.objects.filter(pk=run.pk).update(destroyed=len(certificates))
    return RunSummary(
        reference=str(run.reference),
        certificates=tuple(certificates),
        skipped=tuple(skipped),
        released_cases=tuple(released),
    )


def _refuse(grounds: list[rules.Ground], *, actor: str, now: datetime, due: int) -> NoReturn:
    """Record the refusal once while its grounds stay the same, and raise."""
    codes: list[Code] = [ground.code for ground in grounds]
    with transaction.atomic(durable=True):
        if not _is_repeated(PurgeRun.objects.filter(refusals=codes), now):
            PurgeRun.objects.create(actor=actor, ran_at=now, due=due, refusals=codes)
            ledger.append(
                event=events.PURGE_REFUSED, actor=actor, subject="retention", details={"refusals": codes, "due": due}
            )
    first = grounds[0]
    raise PurgeRefused(first.message, code=first.code, remedy=first.remedy, grounds=grounds)


def _open_run(*, actor: str, now: datetime, due: int) -> PurgeRun:
    """A row for this run; idle runs that follow each other share one."""
    idle = PurgeRun.objects.filter(due=0, refusals=[])
    if due or not _is_repeated(idle, now):
        return PurgeRun.objects.create(actor=actor, ran_at=now, due=due)
    return PurgeRun.objects.latest("id")


def _is_repeated(alike: QuerySet[PurgeRun], now: datetime) -> bool:
    """Whether the last run was one of `alike`; then its moment moves on."""
    last = PurgeRun.objects.order_by("-id").first()
    return last is not None and bool(alike.filter(pk=last.pk).update(ran_at=now))
