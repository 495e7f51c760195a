"""The policy in force, in plain words with its Cedar beside it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.services import require_permission
from apps.core import clock
from apps.policy import selectors


@require_GET
def in_force(request: HttpRequest) -> HttpResponse:
    """Context: `policy`, as `selectors.get_policy_page` returns it."""
    require_permission(actor=request.actor, permission="read_policy")  # type: ignore[attr-defined]
    return render(request, "policy/in_force.html", {"policy": selectors.get_policy_page(now=clock.now())})
