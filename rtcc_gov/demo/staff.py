"""Who works in the demo city? The people of the sign-in page and invented colleagues, with shifts, units and habits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from apps.accounts.demo_people import DEMO_PEOPLE
from apps.accounts.types import Shift, Track

STAFF = 40
FIRST_NAMES = (
    "Abena", "Bertil", "Caoimhe", "Dagny", "Eskil", "Farida", "Goran", "Hedda", "Ibrahim", "Jorun", "Kasimir",
    "Leocadia", "Mirembe", "Njord", "Odalys", "Pelagia", "Quillon", "Ragna", "Soren", "Thandiwe", "Ulrike", "Vasco",
    "Wilhelmina", "Xanthe", "Yusra", "Zoltan", "Anneke", "Boaz", "Corentin", "Delphine", "Emeka", "Fenna",
)  # fmt: skip
LAST_NAMES = (
    "Ashgrove", "Brindlemere", "Corvane", "Dunwarren", "Elderquist", "Farrowgate", "Grenholt", "Hollowby", "Ironwell",
    "Jessamore", "Kestrelby", "Lowenhart", "Marchbank", "Netherway", "Oakenfeld", "Pemberlock", "Quarrington",
    "Ravenscar", "Silverthorn", "Tarnbeck", "Underhay", "Velsgard", "Wetherlund", "Yarrowick", "Zellerby",
    "Applethwaite", "Birkenmoor", "Cinderford", "Drakelow", "Emberlyn", "Foxhollow", "Gildersleve",
)  # fmt: skip
ROLES = ("ANALYST",) * 25 + ("SUPERVISOR",) * 4 + ("INGESTOR", "ADMINISTRATOR", "AUDITOR")
UNITS = ("RTCC-1", "RTCC-2", "ROBBERY", "AUTO-THEFT", "HOMICIDE")
SHIFTS = (Shift.DAY, Shift.EVENING, Shift.NIGHT)
LOOKS_UP = frozenset({"ANALYST", "SUPERVISOR"})
TRAINING_LASTS = timedelta(days=365)
RENEWAL_LATE = 0.12
# First hour of each shift, local; a shift lasts eight. The District's incident file changes SHIFT at these hours.
SHIFT_STARTS = {Shift.DAY: 7, Shift.EVENING: 15, Shift.NIGHT: 23}
SHIFT_HOURS = 8


@dataclass(frozen=True, kw_only=True)
class Employee:
    """
    :param vehicle: the number of the employee's own car among the city's vehicles
    :param weight: how many look-ups they make beside others
    :param phase: they work four days of six, shifted by this many
    :param passed: the days on which each training track was passed
    :param is_persona: one of the sign-in page's people, whom no misuse is planted on
    """

    username: str
    display_name: str
    role: str
    unit: str
    shift: Shift
    vehicle: int
    weight: float
    phase: int
    passed: dict[Track, tuple[date, ...]]
    is_persona: bool

    @property
    def looks_up(self) -> bool:
        return self.role in LOOKS_UP

    def is_on_duty(self, day: date) -> bool:
        """Whether their shift that begins on this local day is one they work."""
        return (day.toordinal() + self.phase) % 6 < 4

    def list_training(self, day: date) -> dict[str, date]:
        """The last day of each track, as known on `day`."""
        known = {track: [passed for passed in dates if passed <= day] for track, dates in self.passed.items()}
        return {str(track): max(dates) + TRAINING_LASTS for track, dates in known.items() if dates}


def make_staff(*, seed: int, since: date, today: date, commuters: list[int]) -> list[Employee]:
    """Forty people, those of the sign-in page first.

    :param since: the first day of the year of accesses; everybody is trained by then
    :param commuters: vehicles that could be somebody's own; as many as there are people
    """
    rng = np.random.default_rng([seed, *b"staff"])
    staff = []
    for number, persona in enumerate(DEMO_PEOPLE):
        # As `accounts.create_demo_people` records it at `since`, and a renewal of what is current today.
        passed = {
            track: (since - timedelta(days=30), today - timedelta(days=30))
            if track in persona.current
            else (since - timedelta(days=400),)
            for track in Track
        }
        staff.append(
            Employee(
                username=persona.username,
                display_name=persona.display_name,
                role=persona.role,
                unit=persona.unit,
                shift=persona.shift,
                vehicle=commuters[number],
                weight=1.0 if persona.current == frozenset(Track) else 0.0,
                phase=number,
                passed=passed,
                is_persona=True,
            )
        )
    names = zip(rng.permutation(FIRST_NAMES).tolist(), rng.permutation(LAST_NAMES).tolist(), strict=True)
    for number, ((first, last), role) in enumerate(zip(names, ROLES, strict=True), start=len(staff)):
        staff.append(
            Employee(
                username=f"{first}.{last}".lower(),
                display_name=f"{first} {last}",
                role=role,
                unit=UNITS[int(rng.integers(len(UNITS)))] if role in LOOKS_UP else "SUPPORT",
                shift=SHIFTS[number % 3],
                vehicle=commuters[number],
                weight=float(rng.gamma(4.0, 0.25)) * (1.0 if role == "ANALYST" else 0.3),
                phase=int(rng.integers(6)),
                passed=_draw_training(rng, since, today),
                is_persona=False,
            )
        )
    return staff


def _draw_training(rng: np.random.Generator, since: date, today: date) -> dict[Track, tuple[date, ...]]:
    """All tracks on one day, renewed in time; some people once a year in one track too late."""
    first = since - timedelta(days=int(rng.integers(10, 330)))
    late_track = list(Track)[int(rng.integers(3))] if rng.random() < RENEWAL_LATE else None
    passed = {}
    for track in Track:
        days = [first]
        while days[-1] + TRAINING_LASTS < today + timedelta(days=1):
            late = int(rng.integers(4, 15)) if track == late_track else -int(rng.integers(1, 20))
            days.append(days[-1] + TRAINING_LASTS + timedelta(days=late))
        # A renewal that is due but not yet there leaves the track lapsed today; the last one may lie ahead.
        passed[track] = tuple(day for day in days if day <= today)
    return passed
