"""How does a refusal become a page, a fragment or problem+json?"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from apps.core.errors import RtccError


class ErrorPageMiddleware:
    """Render every `RtccError` that a view lets through; other exceptions are bugs and go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return error_response(request, exception) if isinstance(exception, RtccError) else None


def error_response(request: HttpRequest, error: RtccError) -> HttpResponse:
    """The error as problem+json for programs, as a fragment for htmx, else as a page; never cached."""
    if request.path.startswith("/api/") or request.headers.get("Accept") == "application/json":
        return problem(error)
    template = "errors/_error.html" if getattr(request, "htmx", False) else "errors/error.html"
    response = render(request, template, {"error": error}, status=error.status)
    response["Cache-Control"] = "no-store"
    return response


def problem(error: RtccError) -> JsonResponse:
    """RFC 9457 problem details."""
    body = {"type": "about:blank", "title": error.title, "status": error.status, "detail": error.message}
    body |= {"code": error.code, "remedy": error.remedy}
    body["grounds"] = [
        {name: getattr(ground, name, "") for name in ("code", "message", "remedy", "citation")}
        for ground in error.grounds
    ]
    return JsonResponse(body, status=error.status, content_type="application/problem+json")
