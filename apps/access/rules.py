"""How is a case number written, how far back does a request reach, and which of its window is still live?"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from apps.core.types import Window
from apps.ledger.types import as_code
from apps.policy.rules import first_kept_moment

MOST_NUMBER = 64
# Like a case or call number, and unlike a plate: eight digits or more, or six or more with dashes between them.
NUMBER_SHAPE = re.compile(r"[A-Z]{0,4}-?(?:\d{8,14}|(?=(?:-?\d){6})\d{2,4}(?:-\d{2,10}){1,3})")
# A form was filled in a little before it is decided; that makes no further day.
GRACE = timedelta(minutes=5)


def normalise_case_number(text: str) -> str:
    """Upper case, outer blanks off, other marks as `-`, leading zeros kept: the same in rows and in the log."""
    return as_code(unicodedata.normalize("NFKC", text).upper())[:MOST_NUMBER]


def may_be_logged(number: str, *, is_known: bool) -> bool:
    """May the log, which never forgets, hold what was typed as a case number? Somebody may have typed a plate there."""
    return is_known or NUMBER_SHAPE.fullmatch(number) is not None


def count_look_back_days(*, window: Window, now: datetime) -> int:
    """How many days, rounded up, the window reaches back from now."""
    return max(0, -((window.start + GRACE - now) // timedelta(days=1)))


def get_live_start(*, window: Window, retention_days: int, now: datetime) -> datetime:
    """The window's start, or the moment before which everything is past its retention; at most the window's end.

    Expired rows are out of sight from this moment on, before a purge reaches them.
    """
    return min(max(window.start, first_kept_moment(retention_days=retention_days, now=now)), window.end)
