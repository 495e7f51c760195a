"""Who acts? A snapshot of a person at one moment, which rules can read without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.accounts.roles import ROLES


class Track(StrEnum):
    """The training tracks that policy rules ask for."""

    CJIS_SECURITY = "CJIS_SECURITY"
    PRIVACY = "PRIVACY"
    LPR_USE = "LPR_USE"
    P28CFR23 = "P28CFR23"


class Shift(StrEnum):
    DAY = "DAY"
    EVENING = "EVENING"
    NIGHT = "NIGHT"


@dataclass(frozen=True, kw_only=True)
class ActorSnapshot:
    """A person with the roles that are live, and the last day on which each training track is current."""

    person_id: int
    reference: str
    display_name: str
    agency_ori: str
    roles: frozenset[str]
    training: Mapping[str, date]
    is_active: bool
    unit: str
    shift: str

    @property
    def permissions(self) -> frozenset[str]:
        """What the live roles allow; nothing for an account that is not active."""
        if not self.is_active:
            return frozenset()
        return frozenset().union(*(ROLES[role].permissions for role in self.roles if role in ROLES))

    def has_permission(self, code: str) -> bool:
        return code in self.permissions

    def list_current_tracks(self, day: date) -> frozenset[str]:
        """The training tracks that are current on `day`; the last day counts."""
        return frozenset(track for track, expires_date in self.training.items() if expires_date >= day)

    @property
    def role_labels(self) -> tuple[str, ...]:
        return tuple(role.label for code, role in ROLES.items() if code in self.roles)


@dataclass(frozen=True, kw_only=True)
class PersonView:
    """One person as a list shows them."""

    reference: str
    username: str
    display_name: str
    agency_name: str
    is_active: bool
    unit: str
    shift: str
    roles: tuple[str, ...]
