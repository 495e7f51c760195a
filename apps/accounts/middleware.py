"""Who asks? Sets `request.actor`, and lets nobody past who has not signed in, except to the addresses on the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from apps.accounts import conf, services
from apps.accounts.rules import is_session_over
from apps.accounts.selectors import get_actor
from apps.core import clock

SIGNED_IN_AT = "signed_in_at"


class ActorMiddleware:
    """Comes after Django's authentication. `request.actor` is an `ActorSnapshot`, or None where nobody signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = None
        if request.user.is_authenticated:
            actor = get_actor(person_id=request.user.pk)
            if is_session_over(signed_in_at=_read_start(request), now=clock.now()):
                services.sign_out(actor=actor, cause="SESSION_OVER")
                logout(request)
                actor = None
        request.actor = actor  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if request.actor is not None:  # type: ignore[attr-defined]
            return None
        match = request.resolver_match
        if match is not None and match.view_name in conf.get_public_url_names():
            return None
        return ask_to_sign_in(request)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a browser to the sign-in page; tell a program, or a fragment of a page, with 401."""
    address = reverse("accounts:sign-in")
    if request.path.startswith("/api/") or request.headers.get("Accept") == "application/json":
        body = {"type": "about:blank", "title": "Sign in first", "status": 401, "code": "NOT_SIGNED_IN"}
        return JsonResponse(body, status=401, content_type="application/problem+json")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    if request.method == "GET" and request.path != "/":
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)


def _read_start(request: HttpRequest) -> datetime | None:
    value = request.session.get(SIGNED_IN_AT)
    return parse_datetime(value) if isinstance(value, str) else None
