"""How does a bucket go? Plan, key, partition, certificate: each step is committed, each may be repeated.

Whoever finds a destruction cut short goes on with it. The order matters: once the key is gone nothing that is left can
be read, so a kill at any later moment leaves no readable row behind, in the database or in its backups.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from apps.accounts import selectors as accounts
from apps.core.db import Role, acting_as, session_lock
from apps.core.errors import ConflictFound, InvalidInput, NotAllowed, NotFound
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import commitments
from apps.ledger import selectors as ledger_log
from apps.ledger import services as ledger
from apps.records import partitions
from apps.retention import certificate, conf, events, rules, selectors, tallies
from apps.retention.models import Certificate, DailyAggregate, Destruction
from apps.retention.types import BucketPlan, BucketState, CertificateView, RetentionRule, Step


class BucketNotFound(NotFound):
    code = "BUCKET_NOT_FOUND"


class DestructionRefused(NotAllowed):
    code = "DESTRUCTION_REFUSED"


class DestructionUnderWay(ConflictFound):
    code = "DESTRUCTION_UNDER_WAY"


class BucketInUse(ConflictFound):
    """The rows could not be dropped in time. What is left of the bucket cannot be read; the next call goes on."""

    code = "BUCKET_IN_USE"


class ReasonMissing(InvalidInput):
    code = "REASON_MISSING"


def plan_destruction(*, category: str, now: datetime) -> list[BucketPlan]:
    """What a purge of `category` would destroy at `now`, oldest first; changes nothing."""
    return [
        bucket
        for bucket in selectors.list_buckets(category=category, now=now)
        if bucket.state in (BucketState.DUE, BucketState.OVERDUE)
    ]


def destroy_bucket(*, category: str, day: date, actor: str, reason: str, now: datetime) -> CertificateView:
    """Destroy one bucket's key and rows and certify it. Safe to repeat: a second call returns the same certificate.

    :param actor: a person's reference, or `system:<job>`
    :param reason: why it is done now; kept with the destruction, in the ledger only as a commitment
    :raises DestructionRefused: before the bucket is due, or if the actor may not purge
    :raises BucketNotFound: if there has never been anything of that day
    :raises DestructionUnderWay: while somebody else is destroying this bucket
    :raises BucketInUse: if the rows could not be dropped in time; the next call goes on
    """
    check_may_purge(actor)
    with session_lock(f"retention.destroy:{category}:{day}") as held:
        if not held:
            raise _under_way(category, day)
        destruction = _begin(category=category, day=day, actor=actor, reason=reason, now=now)
        while destruction.step != Step.CERTIFIED.value:
            _STEPS[Step(destruction.step)](destruction, now)
        return selectors.get_certificate(reference=str(destruction.reference))


def begin_destruction(*, category: str, day: date, actor: str, reason: str, now: datetime) -> str:
    """Decide that a due bucket goes, and return the destruction's reference; `resume_destruction` does the rest.

    The processes that serve pages may decide and not destroy. What nobody resumes, the next run takes up.

    :raises DestructionRefused: before the bucket is due, or if the actor may not purge
    :raises BucketNotFound: if there has never been anything of that day
    :raises DestructionUnderWay: while somebody else is destroying this bucket
    """
    check_may_purge(actor)
    with session_lock(f"retention.destroy:{category}:{day}") as held:
        if not held:
            raise _under_way(category, day)
        return str(_begin(category=category, day=day, actor=actor, reason=reason, now=now).reference)


def resume_destruction(*, reference: str, now: datetime) -> CertificateView:
    """Go on with a destruction that somebody began, in their name; raises what `destroy_bucket` does."""
    begun = Destruction.objects.get(reference=reference)
    return destroy_bucket(category=begun.category, day=begun.day, actor=begun.actor, reason=begun.reason, now=now)


def check_may_purge(actor: str) -> None:
    """:raises DestructionRefused: if the actor is a person whose roles do not include purging"""
    if actor.startswith("system:") or accounts.get_actor(reference=actor).has_permission("run_purge"):
        return
    raise DestructionRefused(
        "Your roles do not let you destroy data.",
        code="ROLE_NOT_PERMITTED",
        remedy="Ask the privacy officer or an administrator.",
    )


def _under_way(category: str, day: date) -> DestructionUnderWay:
    return DestructionUnderWay(
        f"{category} of {day} is being destroyed just now.", remedy="Look at its certificate in a moment."
    )


def _begin(*, category: str, day: date, actor: str, reason: str, now: datetime) -> Destruction:
    found = Destruction.objects.filter(category=category, day=day).first()
    if found is not None:
        return found
    if not reason.strip():
        raise ReasonMissing("A destruction needs a reason.", remedy="Say why it is done now.")
    if not selectors.has_bucket(category=category, day=day):
        raise BucketNotFound(f"There is nothing of {category} of {day}.")
    rule = selectors.get_retention_rule(category=category, now=now)
    due = rules.due_at(day=day, days=rule.days)
    grounds = rules.get_destruction_refusals(due=due, now=now)
    if grounds:
        raise DestructionRefused(grounds[0].message, code=grounds[0].code, remedy=grounds[0].remedy, grounds=grounds)
    with transaction.atomic(durable=True):
        destruction = Destruction.objects.create(
            category=category,
            day=day,
            actor=actor,
            reason=reason.strip(),
            reason_salt=commitments.new_salt(),
            policy_version=rule.policy_version,
            policy_digest=rule.policy_digest,
            retention_days=rule.days,
            due_at=due,
            started_at=now,
        )
        ledger.append(
            event=events.BUCKET_DESTRUCTION_STARTED,
            actor=actor,
            subject=str(destruction.reference),
            details={
                "category": category,
                "day": day.isoformat(),
                "due_at": due.isoformat(),
                "policy_version": rule.policy_version,
                "retention_days": rule.days,
                "reason": _commit_to_reason(destruction),
            },
            now=now,
        )
    return destruction


def _destroy_key(destruction: Destruction, now: datetime) -> None:
    scope = KeyScope(category=destruction.category, label=destruction.day.isoformat())
    with transaction.atomic(durable=True):
        try:
            destroyed = keys.destroy_key(scope=scope, actor=destruction.actor, now=now)
        except keys.KeyMissing:
            # A day without rows has no key yet. It gets one that is destroyed at once: the tombstone is what refuses a
            # late event of that day from now on.
            keys.get_or_create_keys(scope=scope)
            destroyed = keys.destroy_key(scope=scope, actor=destruction.actor, now=now)
        destruction.key_id, destruction.key_destroyed_at = destroyed.key_id, destroyed.destroyed_at
        destruction.step = Step.KEY_DESTROYED.value
        destruction.save()


def _drop_partition(destruction: Destruction, now: datetime) -> None:
    category, day = destruction.category, destruction.day
    partition = selectors.get_partition_name(category=category, day=day)
    with transaction.atomic(durable=True):
        destruction.partition = partition
        destruction.size_bytes = selectors.measure_partition(partition)
        if partition:
            _drop(category, day)
        # Read after the drop, whose lock has waited for every writer of that day: the tally is final.
        tally = tallies.get_tally(category=category, day=day)
        DailyAggregate.objects.bulk_create(
            DailyAggregate(category=category, day=day, source_id=source, device_id=device, rows=rows)
            for (source, device), rows in tally.rows_by_device.items()
        )
        tallies.forget_devices(category=category, day=day)
        destruction.rows = sum(tally.rows_by_source.values())
        destruction.rows_by_source = tally.rows_by_source
        destruction.leaves = len(tally.chunks)
        destruction.root = certificate.commit_to_chunks(tally.chunks)
        destruction.dropped_at = now
        destruction.step = Step.PARTITION_DROPPED.value
        destruction.save()


def _drop(category: str, day: date) -> None:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{conf.lock_timeout_ms()}ms"])
            with acting_as(Role.PURGE):
                partitions.drop_partition(category=category, day=day)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise BucketInUse(
            f"{category} of {day} is still being read or written; its key is destroyed, its rows go with the next run.",
            remedy="Run it again in a moment.",
        ) from error


def _certify(destruction: Destruction, now: datetime) -> None:
    statement = _make_statement(destruction, now)
    canonical = certificate.build_document(statement)
    with transaction.atomic(durable=True):
        digest = certificate.digest(canonical)
        receipt = ledger.append(
            event=events.BUCKET_DESTROYED,
            actor=destruction.actor,
            subject=str(destruction.reference),
            details={
                "category": destruction.category,
                "day": destruction.day.isoformat(),
                "rows": destruction.rows,
                "preserved": sum(hold["rows"] for hold in statement.preserved),
                "key_id": str(destruction.key_id),
                "certificate": str(destruction.reference),
                "certificate_digest": digest,
                "root": statement.root.hex(),
                "policy_version": destruction.policy_version,
                "punctuality": certificate.punctuality(
                    due_at=destruction.due_at, destroyed_at=statement.key_destroyed_at
                ),
            },
            now=now,
        )
        Certificate.objects.create(
            reference=destruction.reference,
            destruction=destruction,
            canonical=canonical,
            note=certificate.sign_note(
                canonical=canonical,
                reference=statement.reference,
                verifier=ledger_log.get_verifier(),
                sign=lambda message: keys.sign(message=message),
            ),
            digest=digest,
            ledger_reference=receipt.reference,
            issued_at=now,
        )
        destruction.certified_at = now
        destruction.step = Step.CERTIFIED.value
        destruction.save()


_STEPS: dict[Step, Callable[[Destruction, datetime], None]] = {
    Step.PLANNED: _destroy_key,
    Step.KEY_DESTROYED: _drop_partition,
    Step.PARTITION_DROPPED: _certify,
}


def _make_statement(destruction: Destruction, now: datetime) -> certificate.Statement:
    values: dict[str, Any] = {
        name: getattr(destruction, name)
        for name in (
            "category",
            "day",
            "due_at",
            "rows",
            "rows_by_source",
            "size_bytes",
            "leaves",
            "partition",
            "actor",
            "started_at",
            "key_destroyed_at",
            "dropped_at",
        )
    }
    return certificate.Statement(
        **values,
        reference=str(destruction.reference),
        rule=RetentionRule(
            category=destruction.category,
            days=destruction.retention_days,
            policy_version=destruction.policy_version,
            policy_digest=destruction.policy_digest,
        ),
        root=bytes(destruction.root or b""),
        key_id=str(destruction.key_id),
        preserved=selectors.list_preserved(category=destruction.category, day=destruction.day),
        reason_commitment=_commit_to_reason(destruction),
        issued_at=now,
    )


def _commit_to_reason(destruction: Destruction) -> str:
    return commitments.commit(salt=bytes(destruction.reason_salt), value=destruction.reason.encode())
