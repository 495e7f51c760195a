"""When are two plates the same plate, and what is no plate at all?

Readers differ in case, spaces and hyphens; the blind index matches bytes. So both sides normalise alike: letters and
digits of any script in upper case, nothing else. The letter O and the digit 0 stay apart: folding them would show other
people's cars to whoever looks one up.
"""

from __future__ import annotations

import unicodedata

from apps.core.errors import InvalidInput

LONGEST_PLATE = 12
# What readers and typists put between the characters of a plate.
SEPARATORS = str.maketrans("", "", " -.·•'’_\u00a0\u2010\u2011\u2013")
WILDCARDS = frozenset("*?%")


class PlateInvalid(InvalidInput):
    code = "PLATE_INVALID"


def normalise_plate(text: str) -> str:
    """The form under which a plate is indexed and searched.

    :raises PlateInvalid: with `PLATE_EMPTY`, `PLATE_TOO_LONG`, `PLATE_PARTIAL` or `PLATE_MALFORMED`
    """
    if text.isascii() and text.isalnum() and len(text) <= LONGEST_PLATE:
        return text.upper()
    plate = unicodedata.normalize("NFKC", text).translate(SEPARATORS).upper()
    if not plate:
        raise PlateInvalid("There is no plate.", code="PLATE_EMPTY", remedy="Enter the whole plate.")
    if len(plate) > LONGEST_PLATE:
        raise PlateInvalid(
            f"A plate has at most {LONGEST_PLATE} letters and digits.", code="PLATE_TOO_LONG", remedy="Check the plate."
        )
    if WILDCARDS & set(plate):
        raise PlateInvalid(
            "Only whole plates can be looked up; parts of plates cannot.",
            code="PLATE_PARTIAL",
            remedy="Enter every letter and digit of the plate.",
        )
    if not plate.isalnum():
        raise PlateInvalid(
            "A plate has letters and digits only.", code="PLATE_MALFORMED", remedy="Leave out every other character."
        )
    return plate
