"""Which accesses did the demo's staff make in a year, and which were misuse? A plan, before anything is written.

A look-up is made on duty, about a case that had just been reported, with a reason that speaks of it; some are made
again some days later. A few are refused for a slip. Misuse takes the place of look-ups that would otherwise be honest,
so there are as many accesses as were asked for, and the ground truth lists each misuse and nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

import numpy as np

from rtcc_gov.demo.calendar import ZONE
from rtcc_gov.demo.incidents import DemoCase
from rtcc_gov.demo.staff import SHIFT_HOURS, SHIFT_STARTS, Employee
from rtcc_gov.demo.wording import write_reason, write_vague_reason

YEAR_DAYS = 365
MADE_AGAIN = 0.18
# Slips that the policy refuses: no case number, one that nobody knows, a look back too far.
SLIPS = ("CASE_LEFT_OUT", "CASE_MISTYPED", "LOOK_BACK_TOO_LONG")
SLIP_SHARE = 0.024
PURPOSES = {
    "VEHICLE_THEFT": "STOLEN_VEHICLE",
    "MISSING_PERSON": "MISSING_PERSON",
    "CRASH_WITH_INJURY": "TRAFFIC_CRASH",
    "WARRANT": "WARRANT_SERVICE",
}
# A theft seldom leaves a plate behind.
LOOKED_UP_LESS = {"THEFT": 0.12, "BURGLARY": 0.6}


class Misuse(StrEnum):
    """What is planted."""

    REPEATED_PLATE = "REPEATED_PLATE"
    VAGUE_REASON = "VAGUE_REASON"
    OFF_SHIFT = "OFF_SHIFT"
    SELF_LOOKUP = "SELF_LOOKUP"


@dataclass(frozen=True, kw_only=True)
class PlannedAccess:
    """One look-up as it will be asked for. `group` numbers what was planted together, from 1; 0 is honest."""

    moment: datetime
    employee: Employee
    vehicle: int
    purpose: str
    offence: str
    case_number: str
    reason: str
    look_back_days: int
    misuse: Misuse | None = None
    group: int = 0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the plan is made from.

    :param classify: the policy's class of an offence in the agency's words, or an empty string
    :param look_back: most days of each class
    :param draw_vehicle: the number of some vehicle of the city that is nobody's of the staff
    """

    seed: int
    now: datetime
    staff: list[Employee]
    cases: list[DemoCase]
    classify: Callable[[str], str]
    look_back: dict[str, int]
    draw_vehicle: Callable[[np.random.Generator], int]


def plan_history(setting: Setting, *, accesses: int, misuse: float) -> list[PlannedAccess]:
    """The year's accesses in order of time.

    :param misuse: the share of them that is misuse, from 0 to 1
    :raises ValueError: for a share outside of that, or a negative number
    """
    if not 0 <= misuse <= 1 or accesses < 0:
        raise ValueError("The share of misuse lies between 0 and 1, and the number of accesses is not negative.")
    planner = _Planner(setting)
    planted = round(accesses * misuse)
    honest = planner.plan_honest(accesses - planted)
    return sorted(
        [*honest, *planner.plant(planted)], key=lambda access: (access.moment, access.employee.username, access.reason)
    )


class _Planner:
    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.rng = np.random.default_rng([setting.seed, *b"history"])
        self.today = setting.now.astimezone(ZONE).date()
        self.since = setting.now - timedelta(days=YEAR_DAYS)
        self.users = [person for person in setting.staff if person.looks_up and person.weight]
        self.suspects = [person for person in self.users if not person.is_persona]
        weights = np.array([person.weight for person in self.users])
        self.shares = weights / weights.sum()
        self.cases = [case for case in setting.cases if self._is_looked_up(case)]
        self.reported = [case.reported_at for case in self.cases]
        self.plates: dict[str, int] = {}

    def plan_honest(self, count: int) -> list[PlannedAccess]:
        planned: list[PlannedAccess] = []
        while len(planned) < count:
            access = self._look_up(self.users[int(self.rng.choice(len(self.users), p=self.shares))])
            planned.append(self._slip(access) if self.rng.random() < SLIP_SHARE else access)
            if self.rng.random() < MADE_AGAIN and len(planned) < count:
                planned.extend(self._make_again(access))
        return planned

    def plant(self, count: int) -> list[PlannedAccess]:
        """As many as asked for, in groups of one person's, the four kinds in turn."""
        planted: list[PlannedAccess] = []
        group = 0
        while len(planted) < count:
            kind = list(Misuse)[group % len(Misuse)]
            group += 1
            person = self.suspects[int(self.rng.integers(len(self.suspects)))]
            size = min(int(self.rng.integers(5, 10)) if kind is Misuse.REPEATED_PLATE else 3, count - len(planted))
            vehicle = self.setting.draw_vehicle(self.rng)
            planted.extend(self._misuse(kind, self._look_up(person), vehicle, group) for _ in range(size))
        return planted

    def _misuse(self, kind: Misuse, access: PlannedAccess, vehicle: int, group: int) -> PlannedAccess:
        marked = replace(access, misuse=kind, group=group)
        if kind is Misuse.REPEATED_PLATE:
            return replace(marked, vehicle=vehicle)
        if kind is Misuse.VAGUE_REASON:
            return replace(marked, reason=write_vague_reason(self.rng))
        if kind is Misuse.SELF_LOOKUP:
            return replace(marked, vehicle=access.employee.vehicle)
        # A shift of eight hours follows sixteen free ones: this is before it began and after the last one ended.
        moment = access.moment - timedelta(hours=float(self.rng.uniform(9.0, 14.0)))
        return replace(marked, moment=moment)

    def _look_up(self, person: Employee) -> PlannedAccess:
        moment = self._draw_moment(person)
        case = self._draw_case(moment)
        offence = self.setting.classify(case.offense)
        most = self.setting.look_back[offence]
        return PlannedAccess(
            moment=moment,
            employee=person,
            vehicle=self.plates.setdefault(case.number, self.setting.draw_vehicle(self.rng)),
            purpose=PURPOSES.get(offence, "CRIMINAL_INVESTIGATION"),
            offence=offence,
            case_number=case.number,
            reason=write_reason(case, offence, self.rng),
            look_back_days=int(self.rng.integers(1, most + 1)),
        )

    def _draw_moment(self, person: Employee) -> datetime:
        """Some moment of a shift that the person works, in the year and before now."""
        while True:
            day = self.today - timedelta(days=int(self.rng.integers(0, YEAR_DAYS + 1)))
            if not person.is_on_duty(day):
                continue
            starts = datetime.combine(day, time(SHIFT_STARTS[person.shift]), tzinfo=ZONE)
            # By the clock on the wall, also in the two nights of the year that are an hour shorter or longer.
            local = starts + timedelta(hours=float(self.rng.uniform(0.1, SHIFT_HOURS - 0.1)))
            moment = local.astimezone(UTC)
            # A day's margin at the start, for what is planted earlier on the same day.
            if self.since + timedelta(days=1) < moment < self.setting.now - timedelta(hours=1):
                return moment

    def _draw_case(self, moment: datetime) -> DemoCase:
        """One that was reported shortly before; the nearest one where there are few."""
        last = bisect_right(self.reported, moment - timedelta(hours=20))
        first = bisect_right(self.reported, moment - timedelta(days=6))
        if last <= first:
            first = max(last - 1, 0)
            last = first + 1
        return self.cases[int(self.rng.integers(first, last))]

    def _is_looked_up(self, case: DemoCase) -> bool:
        offence = self.setting.classify(case.offense)
        return bool(offence) and self.rng.random() < LOOKED_UP_LESS.get(offence, 1.0)

    def _make_again(self, access: PlannedAccess) -> list[PlannedAccess]:
        """The same look-up at the same hour of their next round of shifts, if that is before now."""
        moment = (access.moment.astimezone(ZONE) + timedelta(days=6)).astimezone(UTC)
        if moment > self.setting.now - timedelta(hours=1):
            return []
        return [replace(access, moment=moment, reason=f"{access.reason}; second look, has it been read since")]

    def _slip(self, access: PlannedAccess) -> PlannedAccess:
        slip = SLIPS[int(self.rng.integers(len(SLIPS)))]
        if slip == "CASE_LEFT_OUT":
            return replace(access, case_number="")
        if slip == "CASE_MISTYPED":
            return replace(access, case_number=f"{access.case_number}9")
        return replace(access, look_back_days=self.setting.look_back[access.offence] + int(self.rng.integers(2, 30)))
