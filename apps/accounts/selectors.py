"""Who is this, what may they do now, and who else is there?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from apps.accounts.models import Agency, Person, RoleGrant, TrainingRecord
from apps.accounts.roles import ROLES, Role
from apps.accounts.types import ActorSnapshot, PersonView
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.paging import MOST_ROWS


class PersonMissing(NotFound):
    code = "PERSON_MISSING"


class AgencyMissing(NotFound):
    code = "AGENCY_MISSING"


def get_actor(*, reference: str = "", person_id: int | None = None, now: datetime | None = None) -> ActorSnapshot:
    """The person with the roles that are live at `now`, by reference or by id, in one query.

    :raises PersonMissing: if there is no such person
    """
    wanted = Q(pk=person_id) if person_id is not None else Q(reference=reference)
    grants = RoleGrant.objects.live(now or clock.now()).filter(person=OuterRef("pk"))
    records = TrainingRecord.objects.filter(person=OuterRef("pk")).order_by("expires_date", "pk")
    row = (
        Person.objects.filter(wanted)
        .annotate(
            live_roles=ArraySubquery(grants.values("role")),
            tracks=ArraySubquery(records.values(pair=JSONObject(track=F("track"), expires=F("expires_date")))),
        )
        .values("pk", "reference", "display_name", "agency__ori", "is_active", "unit", "shift", "live_roles", "tracks")
        .first()
    )
    if row is None:
        raise PersonMissing("There is no such account.")
    # Sorted by expiry, so the latest record of a track stays.
    training = {pair["track"]: date.fromisoformat(pair["expires"]) for pair in row["tracks"]}
    return ActorSnapshot(
        person_id=row["pk"],
        reference=row["reference"],
        display_name=row["display_name"],
        agency_ori=row["agency__ori"],
        roles=frozenset(row["live_roles"]),
        training=training,
        is_active=row["is_active"],
        unit=row["unit"],
        shift=row["shift"],
    )


def get_person(*, reference: str, now: datetime | None = None) -> PersonView:
    """
    :raises PersonMissing: if there is no such person
    """
    rows = _view(Person.objects.filter(reference=reference), now=now or clock.now())
    if not rows:
        raise PersonMissing("There is no such account.")
    return rows[0]


def list_people(
    *, agency_ori: str = "", role: str = "", usernames: frozenset[str] = frozenset(), now: datetime | None = None
) -> list[PersonView]:
    """Active people by reference, at most `MOST_ROWS`; narrowed by agency, live role or user names where given."""
    moment = now or clock.now()
    people = Person.objects.active()
    if agency_ori:
        people = people.filter(agency__ori=agency_ori)
    if role:
        people = people.filter(pk__in=RoleGrant.objects.live(moment).filter(role=role).values("person"))
    if usernames:
        people = people.filter(username__in=usernames)
    return _view(people.order_by("pk")[:MOST_ROWS], now=moment)


def list_display_names(*, references: Collection[str]) -> dict[str, str]:
    """Names by reference, of whoever among these is a person."""
    return dict(Person.objects.filter(reference__in=list(references)).values_list("reference", "display_name"))


def get_agency(*, ori: str) -> Agency:
    """
    :raises AgencyMissing: if no agency has this ORI
    """
    agency = Agency.objects.filter(ori=ori).first()
    if agency is None:
        raise AgencyMissing(f"There is no agency {ori}.")
    return agency


def list_roles() -> list[type[Role]]:
    return list(ROLES.values())


def get_role(*, code: str) -> type[Role]:
    """
    :raises KeyError: if there is no such role
    """
    return ROLES[code]


def _view(people: QuerySet[Any], *, now: datetime) -> list[PersonView]:
    grants = RoleGrant.objects.live(now).filter(person=OuterRef("pk")).order_by("role")
    return [
        PersonView(
            reference=person.reference,
            username=person.username,
            display_name=person.display_name,
            agency_name=person.agency.name,
            is_active=person.is_active,
            unit=person.unit,
            shift=person.shift,
            roles=tuple(person.live_roles),
        )
        for person in people.select_related("agency").annotate(live_roles=ArraySubquery(grants.values("role")))
    ]
