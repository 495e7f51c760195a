"""What does a person see when no view could answer?"""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

from apps.core.errors import NotAllowed, NotFound, RtccError, ServiceUnavailable
from apps.core.middleware import error_response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, NotFound("There is no such page.", remedy="Go to your home page and start there."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(
        request, NotAllowed("You may not see this.", remedy="Ask an administrator which role you need.")
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    refusal = NotAllowed(
        "This form was opened in another session or too long ago.", remedy="Go back, reload the page and send it again."
    )
    return error_response(request, refusal)


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that needs no database: 503 where the database is away, else 500."""
    error: RtccError
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError | PoolTimeout):
        error = ServiceUnavailable(
            "The database does not answer, so nothing can be shown.", remedy="Try again in a minute."
        )
    else:
        error = RtccError("This is a fault of the system; it has been logged.", remedy="Try again, or tell the desk.")
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "errors/_error.html" if is_fragment else f"{error.status}.html"
    return render(request, template, {"error": error}, status=error.status)
