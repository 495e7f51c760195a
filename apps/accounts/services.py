"""How do agencies, people, roles and training come to be, and how does somebody sign in and out?

Every act takes the acting person's reference, or `system:<job>`, and writes its ledger entry in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from apps.accounts import conf, events
from apps.accounts.demo_people import AGENCY_ORI, DEMO_PEOPLE, DEMO_USERNAMES, EVERY_TRACK
from apps.accounts.models import Agency, AgencyKind, Person, RoleGrant, TrainingRecord
from apps.accounts.rules import get_grant_refusals
from apps.accounts.selectors import AgencyMissing, get_actor, get_agency
from apps.accounts.types import ActorSnapshot, Shift, Track
from apps.core import clock
from apps.core.db import take_advisory_lock
from apps.core.errors import ConflictFound, InvalidInput, NotAllowed
from apps.ledger import services as ledger

SYSTEM_SETUP = "system:setup"
ANONYMOUS = "anonymous"
DEMO_TENURE = timedelta(days=400)  # the demo city shows a year of accesses
TRAINING_LASTS = timedelta(days=365)  # FBI CJIS Security Policy 5.9.5, AT-3: every year


class AgencyExists(ConflictFound):
    code = "AGENCY_EXISTS"


class UsernameTaken(ConflictFound):
    code = "USERNAME_TAKEN"


class RoleRefused(NotAllowed):
    code = "ROLE_REFUSED"


class RoleAlreadyHeld(ConflictFound):
    code = "ROLE_ALREADY_HELD"


class TrainingInvalid(InvalidInput):
    code = "TRAINING_INVALID"


class PermissionMissing(NotAllowed):
    code = "PERMISSION_MISSING"


class SignInRefused(NotAllowed):
    code = "SIGN_IN_REFUSED"
    title = "You cannot sign in"


@transaction.atomic
def create_agency(
    *, actor: str, ori: str, name: str, state: str = "DC", kind: str = AgencyKind.POLICE, now: datetime | None = None
) -> Agency:
    """
    :param ori: the originating agency identifier, nine capital letters and digits
    :raises AgencyExists: if the ORI is known already
    """
    take_advisory_lock("accounts:agency")
    if Agency.objects.filter(ori=ori).exists():
        raise AgencyExists(f"Agency {ori} is registered already.")
    agency = Agency(ori=ori, name=name, state=state, kind=kind)
    agency._change_reason = actor
    agency.save()
    ledger.append(
        event=events.AGENCY_CREATED, actor=actor, subject=ori, details={"kind": str(kind)}, agency=ori, now=now
    )
    return agency


@transaction.atomic
def create_person(
    *,
    actor: str,
    username: str,
    display_name: str,
    agency: Agency,
    unit: str = "",
    shift: str = Shift.DAY,
    now: datetime | None = None,
) -> Person:
    """Make an account without a password; references are given in order and never again.

    :raises UsernameTaken: if somebody has, or had, this user name
    """
    take_advisory_lock("accounts:person")
    if Person.objects.filter(username=username).exists():
        raise UsernameTaken(f"The user name {username} is taken.", remedy="Choose another.")
    last = Person.objects.order_by("-pk").values_list("reference", flat=True).first()
    number = int(last.removeprefix("P-")) + 1 if last else 1
    person = Person(
        reference=f"P-{number:04d}",
        username=username,
        display_name=display_name,
        agency=agency,
        unit=unit,
        shift=shift,
    )
    person.set_unusable_password()
    person._change_reason = actor
    person.save()
    ledger.append(
        event=events.PERSON_CREATED,
        actor=actor,
        subject=person.reference,
        details={"agency_ori": agency.ori},
        agency=agency.ori,
        now=now,
    )
    return person


@transaction.atomic
def grant_role(
    *,
    actor: str,
    person: Person,
    role: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    now: datetime | None = None,
) -> RoleGrant:
    """
    :param ends_at: the first moment at which the role no longer counts; None while it is open
    :raises RoleRefused: with the grounds, if separation of duties or the actor's own permissions forbid it
    :raises RoleAlreadyHeld: if the person holds the role
    """
    locked = Person.objects.select_for_update().get(pk=person.pk)
    moment = starts_at or now or clock.now()
    held = set(locked.role_grants.exclude(ends_at__lte=moment).values_list("role", flat=True))
    permissions = frozenset() if actor.startswith("system:") else get_actor(reference=actor).permissions
    grounds = get_grant_refusals(
        actor=actor, actor_permissions=permissions, person=locked.reference, held_roles=held - {role}, role=role
    )
    if grounds:
        raise RoleRefused("This role cannot be given.", code=grounds[0].code, grounds=grounds)
    if role in held:
        raise RoleAlreadyHeld(f"{locked.reference} holds this role already.")
    grant = RoleGrant(person=locked, role=role, starts_at=moment, ends_at=ends_at, granted_by=actor)
    grant._change_reason = actor
    grant.save()
    details: dict[str, str] = {"role": role, "starts_at": moment.isoformat()}
    if ends_at is not None:
        details["ends_at"] = ends_at.isoformat()
    ledger.append(
        event=events.ROLE_GRANTED,
        actor=actor,
        subject=locked.reference,
        details=details,
        agency=locked.agency.ori,
        now=now,
    )
    return grant


@transaction.atomic
def end_role(*, actor: str, person: Person, role: str, now: datetime | None = None) -> int:
    """End every open grant of the role; safe to repeat.

    :return: how many grants were ended
    """
    moment = now or clock.now()
    grants = list(RoleGrant.objects.select_for_update().filter(person=person, role=role).exclude(ends_at__lte=moment))
    for grant in grants:
        grant.ends_at = max(moment, grant.starts_at)
        grant._change_reason = actor
        grant.save()
        ledger.append(event=events.ROLE_ENDED, actor=actor, subject=person.reference, details={"role": role}, now=now)
    return len(grants)


@transaction.atomic
def record_training(
    *,
    actor: str,
    person: Person,
    track: str,
    passed_date: date,
    expires_date: date | None = None,
    now: datetime | None = None,
) -> TrainingRecord:
    """
    :param expires_date: the last day on which it counts; a year after it was passed where None
    :raises TrainingInvalid: if there is no such track, or it would expire before it was passed
    """
    if track not in set(Track):
        raise TrainingInvalid(f"There is no training track {track}.", remedy="Choose one of: " + ", ".join(Track) + ".")
    last_day = expires_date or passed_date + TRAINING_LASTS
    if last_day < passed_date:
        raise TrainingInvalid("A course cannot expire before it was passed.", remedy="Check the two dates.")
    record, is_new = TrainingRecord.objects.get_or_create(
        person=person, track=track, passed_date=passed_date, defaults={"expires_date": last_day, "recorded_by": actor}
    )
    if is_new:
        ledger.append(
            event=events.TRAINING_RECORDED,
            actor=actor,
            subject=person.reference,
            details={
                "track": str(track),
                "passed_date": passed_date.isoformat(),
                "expires_date": last_day.isoformat(),
            },
            agency=person.agency.ori,
            now=now,
        )
    return record


@transaction.atomic
def disable_account(*, actor: str, person: Person) -> None:
    """Shut an account at once; its sessions end with the next request. Safe to repeat."""
    locked = Person.objects.select_for_update().get(pk=person.pk)
    if not locked.is_active:
        return
    locked.is_active = False
    locked._change_reason = actor
    locked.save()
    ledger.append(
        event=events.ACCOUNT_DISABLED, actor=actor, subject=locked.reference, details={}, agency=locked.agency.ori
    )


def require_permission(*, actor: ActorSnapshot, permission: str) -> None:
    """Let the actor go on, or record the refusal and raise it.

    :raises PermissionMissing: if no live role of the actor has the permission
    """
    if actor.has_permission(permission):
        return
    with transaction.atomic(durable=True):
        ledger.append(
            event=events.PERMISSION_REFUSED,
            actor=actor.reference,
            subject=actor.reference,
            details={"permission": permission},
            agency=actor.agency_ori,
        )
    raise PermissionMissing(
        "Your role does not include this page.",
        remedy="Ask somebody whose role does, or ask an administrator whether yours should.",
    )


def sign_in_demo(*, reference: str) -> Person:
    """Sign in one of the demonstration's people; the entry is committed before the session exists.

    :raises SignInRefused: outside the demonstration, and for anybody who is not one of its active people
    """
    person = Person.objects.select_related("agency").filter(reference=reference).first()
    cause = _find_sign_in_refusal(person)
    if person is None or cause:
        with transaction.atomic(durable=True):
            ledger.append(
                event=events.SIGN_IN_REFUSED,
                actor=ANONYMOUS,
                subject=person.reference if person else "unknown",
                details={"cause": cause},
            )
        raise SignInRefused("This account cannot sign in here.", remedy="Choose one of the people on the sign-in page.")
    with transaction.atomic(durable=True):
        ledger.append(
            event=events.PERSON_SIGNED_IN,
            actor=person.reference,
            subject=person.reference,
            details={"method": "DEMO"},
            agency=person.agency.ori,
        )
    return person


def _find_sign_in_refusal(person: Person | None) -> str:
    if not conf.is_demo():
        return "NOT_A_DEMONSTRATION"
    if person is None:
        return "PERSON_UNKNOWN"
    if person.username not in DEMO_USERNAMES:
        return "NOT_A_DEMO_PERSON"
    return "" if person.is_active else "ACCOUNT_INACTIVE"


def sign_out(*, actor: ActorSnapshot, cause: str = "ASKED") -> None:
    """Record that a session ended.

    :param cause: ASKED by the person, or SESSION_OVER
    """
    with transaction.atomic(durable=True):
        ledger.append(
            event=events.PERSON_SIGNED_OUT,
            actor=actor.reference,
            subject=actor.reference,
            details={"cause": cause},
            agency=actor.agency_ori,
        )


@transaction.atomic
def create_demo_people(*, now: datetime | None = None) -> dict[str, str]:
    """Make the demonstration's agency and people with roles and training where they are missing; safe to repeat.

    :return: references by user name
    """
    moment = now or clock.now()
    today = moment.astimezone(clock.get_local_zone()).date()
    try:
        agency = get_agency(ori=AGENCY_ORI)
    except AgencyMissing:
        agency = create_agency(actor=SYSTEM_SETUP, ori=AGENCY_ORI, name="Metropolitan Police Department", now=moment)
    references = {}
    for demo in DEMO_PEOPLE:
        person = Person.objects.filter(username=demo.username).first()
        if person is None:
            person = create_person(
                actor=SYSTEM_SETUP,
                username=demo.username,
                display_name=demo.display_name,
                agency=agency,
                unit=demo.unit,
                shift=demo.shift,
                now=moment,
            )
            grant_role(actor=SYSTEM_SETUP, person=person, role=demo.role, starts_at=moment - DEMO_TENURE)
            for track in sorted(EVERY_TRACK):
                passed_days_ago = 30 if track in demo.current else 400
                record_training(
                    actor=SYSTEM_SETUP,
                    person=person,
                    track=track,
                    passed_date=today - timedelta(days=passed_days_ago),
                    now=moment,
                )
        references[demo.username] = person.reference
    return references
