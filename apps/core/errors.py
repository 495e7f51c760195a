"""Which kinds of refusal does the product know, and what does a person read when one happens?

A service raises a subclass defined beside it; one middleware turns it into a page, a fragment or problem+json.
Anything that is not an `RtccError` is a bug and reaches the logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RtccError(Exception):
    """A refusal with a stable `code`, an HTTP `status` and a sentence fit for the reader.

    :param message: what happened, in plain words
    :param remedy: what the reader can do about it
    :param grounds: the single grounds where there are several; each shows `code`, `message`, `remedy`, `citation`
    """

    code = "ERROR"
    status = 500
    title = "Something went wrong"

    def __init__(self, message: str, *, code: str | None = None, remedy: str = "", grounds: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.grounds = tuple(grounds)
        if code is not None:
            self.code = code


class InvalidInput(RtccError):
    code, status, title = "INVALID_INPUT", 422, "This cannot be accepted as it is"


class NotAllowed(RtccError):
    code, status, title = "NOT_ALLOWED", 403, "Not permitted"


class NotFound(RtccError):
    code, status, title = "NOT_FOUND", 404, "Not found"


class ConflictFound(RtccError):
    code, status, title = "CONFLICT_FOUND", 409, "Something else got there first"


class ServiceUnavailable(RtccError):
    code, status, title = "SERVICE_UNAVAILABLE", 503, "Not available just now"
