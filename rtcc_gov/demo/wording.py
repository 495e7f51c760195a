"""What do the demo's people write as a reason? Sentences about the case; and, where planted, words that say nothing."""

from __future__ import annotations

import numpy as np

from rtcc_gov.demo.calendar import ZONE
from rtcc_gov.demo.incidents import DemoCase

SPECIFIC: dict[str, tuple[str, ...]] = {
    "HOMICIDE": (
        "Homicide at {place} on {day}: camera footage shows a {colour} {car} leaving, checking its route after {hour}",
        "Victim of {day} was last seen entering this {car} near {place}, looking for where it went that night",
        "Suspect vehicle in the {place} homicide, {colour} {car}, need its movements in the hours round {hour}",
    ),
    "VIOLENT_FELONY": (
        "{offense} at {place} {day} {hour}, witness gave the plate of a {colour} {car}, which way did it flee",
        "Complainant in the {place} {offense} read the plate of the {car} the two men drove off in on {day}",
        "Getaway {car} from {place}: plate taken off a shop's camera at {hour}, need reads before and after",
        "{colour} {car} circled {place} before the {offense} on {day}, was it there on earlier evenings",
    ),
    "VEHICLE_THEFT": (
        "Owner reports {colour} {car} taken from {place} on {day}, where was it read since",
        "Stolen {car}, {place}, {day}: patrol asks for the last reads to recover it",
        "Taken with the keys at {place} about {hour}, {colour} {car}, searching for where it is parked now",
    ),
    "BURGLARY": (
        "Burglary {place}, neighbour noted the plate of a {colour} {car} loading boxes at {hour} on {day}",
        "{car} seen at two break-ins, the last at {place} on {day}, checking reads near the first",
    ),
    "THEFT": (
        "Theft at {place} on {day}: store security wrote down the plate of the {colour} {car} they left in",
        "Tools taken out of a van, {place} about {hour}, dash camera of a cab shows this {car} stopping beside it",
        "Packages taken at {place}, {colour} {car} on the door camera at {hour}, need where it went next",
    ),
    "CRASH_WITH_INJURY": (
        "Struck a cyclist at {place} on {day} and drove on, witness photographed the plate of the {colour} {car}",
        "Hit and run with injury, {place} {hour}, bumper part fits a {car} of this plate, need reads after it",
    ),
    "MISSING_PERSON": (
        "Family reports a 79-year-old with dementia missing since {hour} on {day}, drives this {colour} {car}",
        "Missing 15-year-old was picked up near {place} in this {car} on {day}, looking for its last reads",
    ),
    "WARRANT": (
        "Warrant signed on {day}, who is named in it drives this {colour} {car}, need where it stands at night",
        "Warrant squad asks for reads of this {car} near {place} since {day} to plan the arrest",
    ),
}
COLOURS = ("silver", "black", "white", "grey", "blue", "red", "green", "dark", "tan")
CARS = (
    "Accord", "Camry", "Altima", "Explorer", "Civic", "Charger", "Impala", "Corolla", "Malibu", "F-150", "Transit van",
    "RAV4", "Jetta", "Caravan", "Sonata", "Elantra",
)  # fmt: skip
VAGUE = (
    "investigation", "inv", "locate", "follow up", "follow-up", "police business", "suspicious vehicle", "bolo",
    "check", "per sgt", "leo", "official use", "crim inv", "case", "vehicle check", "ongoing investigation", "intel",
)  # fmt: skip


def write_reason(case: DemoCase, offence: str, rng: np.random.Generator) -> str:
    """A reason that says what happened and what the search is to show."""
    forms = SPECIFIC[offence]
    occurred_at = case.occurred_at.astimezone(ZONE)
    reason = forms[int(rng.integers(len(forms)))].format(
        place=" ".join(_in_small_letters(word) for word in case.place.split()),
        day=f"{occurred_at:%-d %B}",
        hour=f"{occurred_at:%H}:{int(rng.integers(12)) * 5:02d}",
        offense=case.offense.lower().replace("w/dangerous", "with dangerous").replace("f/auto", "from auto"),
        colour=COLOURS[int(rng.integers(len(COLOURS)))],
        car=CARS[int(rng.integers(len(CARS)))],
    )
    return reason[0].upper() + reason[1:]


def _in_small_letters(word: str) -> str:
    """`STREET` as Street and `13TH` as 13th; `NW` stays."""
    if word in {"BLOCK", "OF", "AND"} or word[:1].isdigit():
        return word.lower()
    return word if len(word) < 3 else word.capitalize()


def write_vague_reason(rng: np.random.Generator) -> str:
    return VAGUE[int(rng.integers(len(VAGUE)))]
