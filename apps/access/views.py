"""The page on which everybody sees what the log says of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.access import selectors
from apps.accounts import services as accounts
from apps.accounts.types import ActorSnapshot


@require_GET
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """Context: `rows` (`QueryView`s with `facts`, None where their key is gone), `next_cursor`, `is_first`.

    By htmx the answer is the fragment `_mine_rows.html`.
    """
    actor: ActorSnapshot = request.actor  # type: ignore[attr-defined]
    accounts.require_permission(actor=actor, permission="read_own_accesses")
    cursor = request.GET.get("cursor", "")
    page = selectors.list_own_accesses(actor=actor, cursor=cursor)
    context = {"rows": page.rows, "next_cursor": page.next_cursor, "is_first": not cursor, "query": ""}
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, f"access/{'_mine_rows' if is_fragment else 'mine'}.html", context)
