"""Who works in the demonstration? Invented people, one a role, and one analyst whose plate training has lapsed."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.types import Shift, Track

AGENCY_ORI = "DCMPD0000"
EVERY_TRACK = frozenset(Track)


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """`current` are the tracks that count today; the rest of `EVERY_TRACK` has lapsed."""

    username: str
    display_name: str
    role: str
    unit: str
    shift: Shift = Shift.DAY
    current: frozenset[Track] = EVERY_TRACK
    sentence: str = ""


DEMO_PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        username="maren.oduya",
        display_name="Maren Oduya",
        role="ANALYST",
        unit="RTCC-1",
        sentence="All training current.",
    ),
    DemoPerson(
        username="tobin.fennimore",
        display_name="Tobin Fennimore",
        role="ANALYST",
        unit="RTCC-1",
        shift=Shift.EVENING,
        current=EVERY_TRACK - {Track.LPR_USE},
        sentence="Plate-reader training has lapsed, so look-ups are refused.",
    ),
    DemoPerson(username="ilse.harrowgate", display_name="Ilse Harrowgate", role="SUPERVISOR", unit="RTCC-1"),
    DemoPerson(username="noor.castellane", display_name="Noor Castellane", role="PRIVACY_OFFICER", unit="PRIV"),
    DemoPerson(username="piet.lindqvale", display_name="Piet Lindqvale", role="AUDITOR", unit="AUDIT"),
    DemoPerson(username="amadi.rosekerr", display_name="Amadi Rosekerr", role="COUNCIL", unit="CLERK"),
    DemoPerson(username="sunniva.okparo", display_name="Sunniva Okparo", role="ADMINISTRATOR", unit="IT"),
    DemoPerson(
        username="desmond.vaillard", display_name="Desmond Vaillard", role="INGESTOR", unit="FEEDS", shift=Shift.NIGHT
    ),
)
DEMO_USERNAMES = frozenset(person.username for person in DEMO_PEOPLE)
