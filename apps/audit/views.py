"""The auditor's pages: the trail with its filters, and one entry with its proof."""

from __future__ import annotations

import json
from contextlib import suppress
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts import services as accounts
from apps.accounts.types import ActorSnapshot
from apps.audit import services
from apps.audit.forms import TrailForm
from apps.core import clock
from apps.policy import selectors as policy


@require_GET
@never_cache
def trail(request: HttpRequest) -> HttpResponse:
    """Context: `form`, `trail` (a `Trail`, or None where the form is not valid), `next_cursor`, `is_first`, `query`.

    By htmx the answer is the fragment `_trail_rows.html`. The filters stand in the address: they are codes, references
    and case numbers.
    """
    actor: ActorSnapshot = request.actor  # type: ignore[attr-defined]
    accounts.require_permission(actor=actor, permission="read_trail")
    form = TrailForm(request.GET, purposes=_list_purposes())
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    template = f"audit/{'_trail_rows' if is_fragment else 'trail'}.html"
    if not form.is_valid():
        empty = {"form": form, "trail": None, "next_cursor": "", "is_first": True, "query": ""}
        return render(request, template, empty, status=422)
    cursor = request.GET.get("cursor", "")
    found = services.find_trail(actor=actor, filters=form.get_filters(), cursor=cursor)
    given = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {
        "form": form,
        "trail": found,
        "next_cursor": found.next_cursor,
        "is_first": not cursor,
        "query": urlencode(given),
    }
    return render(request, template, context)


@require_GET
@never_cache
def entry(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Context: `entry` (an `EntryPage`) and `canonical`, its bytes laid out for reading."""
    actor: ActorSnapshot = request.actor  # type: ignore[attr-defined]
    found = services.open_entry(actor=actor, reference=str(reference))
    laid_out = json.dumps(json.loads(found.canonical), indent=2, ensure_ascii=False)
    return render(request, "audit/entry.html", {"entry": found, "canonical": laid_out})


def _list_purposes() -> list[tuple[str, str]]:
    """The trail must open even where no policy is in force."""
    with suppress(policy.PolicyMissing):
        return [(purpose.code, purpose.label) for purpose in policy.list_purposes(now=clock.now())]
    return []
