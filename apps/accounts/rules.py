"""Who may be given which role, and how long may a session last? Values in, grounds for refusal out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.roles import ROLES

# FBI CJIS Security Policy 5.9.5, IA-11: authenticate again at least every twelve hours.
LONGEST_SESSION = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Ground:
    code: str
    message: str
    remedy: str
    citation: str


SEPARATION = "FBI CJIS Security Policy 5.9.5, AC-5: separation of duties."


def get_grant_refusals(
    *, actor: str, actor_permissions: Set[str], person: str, held_roles: Set[str], role: str
) -> tuple[Ground, ...]:
    """Why `actor` may not give `role` to `person`. Actors named `system:…` are the set-up's, which people review."""
    if role not in ROLES:
        return (
            Ground(
                code="ROLE_UNKNOWN",
                message=f"There is no role {role}.",
                remedy="Choose one of: " + ", ".join(ROLES) + ".",
                citation=SEPARATION,
            ),
        )
    grounds = []
    if actor == person:
        grounds.append(
            Ground(
                code="ROLE_SELF_GRANTED",
                message="Nobody gives a role to themselves.",
                remedy="Ask another administrator.",
                citation=SEPARATION,
            )
        )
    if not actor.startswith("system:") and "manage_people" not in actor_permissions:
        grounds.append(
            Ground(
                code="PERMISSION_MISSING",
                message="Your role does not include giving roles.",
                remedy="Ask an administrator.",
                citation="FBI CJIS Security Policy 5.9.5, AC-6: least privilege.",
            )
        )
    clashing = sorted(ROLES[role].excludes & held_roles)
    if clashing:
        labels = " and ".join(ROLES[code].label.lower() for code in clashing)
        grounds.append(
            Ground(
                code="ROLES_CLASH",
                message=f"{ROLES[role].label} and {labels} must be different people.",
                remedy="End the other role first, or choose somebody else.",
                citation=SEPARATION,
            )
        )
    return tuple(grounds)


def is_session_over(*, signed_in_at: datetime | None, now: datetime) -> bool:
    """Whether a session must sign in again. One whose start is not known, or lies ahead, is over."""
    return signed_in_at is None or not timedelta(0) <= now - signed_in_at < LONGEST_SESSION
