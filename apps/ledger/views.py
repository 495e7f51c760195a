"""The public log (C2SP tlog-tiles): checkpoint and tiles. Hashes only; entries are never public."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.errors import NotFound
from apps.ledger import selectors
from apps.ledger.selectors import CheckpointMissing, TileMissing
from apps.ledger.tiles import PathInvalid, parse_tile_path
from apps.ledger.tree import TILE_WIDTH


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    try:
        note = selectors.get_latest_checkpoint().note
    except CheckpointMissing as error:
        return _not_found(error)
    return HttpResponse(note, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=1"})


@require_safe
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The log's verifier key, for programs that check signed notes."""
    return HttpResponse(
        f"{selectors.get_verifier()}\n",
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile, full or partial. A full one never changes, and neither does a partial one, but it goes out of use."""
    try:
        level, index, width = parse_tile_path(path)
        content = selectors.get_tile(level=level, index=index, width=width)
    except PathInvalid:
        return _not_found(TileMissing("This is not the address of a tile."))
    except TileMissing as error:
        return _not_found(error)
    age = "max-age=31536000, immutable" if width == TILE_WIDTH else "max-age=3600"
    return HttpResponse(content, content_type="application/octet-stream", headers={"Cache-Control": f"public, {age}"})


def _not_found(error: NotFound) -> HttpResponse:
    # Programs read this, so no page; and no caching, since what is missing now may be there in a second.
    return HttpResponse(
        f"{error.message}\n",
        status=404,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
