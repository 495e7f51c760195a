"""Where does a tile live? The paths of C2SP tlog-tiles: `tile/<L>/<N>[.p/<W>]`, `N` in groups of three digits."""

from __future__ import annotations

import re

from apps.ledger.tree import TILE_WIDTH

MOST_LEVEL = 63
INDEX = r"(?:x[0-9]{3}/)*[0-9]{3}"
TILE_PATH = re.compile(rf"(?P<level>0|[1-9][0-9]?)/(?P<index>{INDEX})(?:\.p/(?P<width>[1-9][0-9]{{0,2}}))?")


class PathInvalid(ValueError):
    """It is not the path of a tile."""


def encode_index(index: int) -> str:
    """1234067 → `x001/x234/067`."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile; level `entries` names the entry bundles."""
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{encode_index(index)}{partial}"


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """Level, index and width of `<L>/<N>[.p/<W>]`; a full tile's width is 256.

    :raises PathInvalid: for any other spelling, so that a tile has one address
    """
    match = TILE_PATH.fullmatch(path)
    if match is None:
        raise PathInvalid(path)
    level, width = int(match["level"]), int(match["width"] or TILE_WIDTH)
    index = int(match["index"].replace("x", "").replace("/", ""))
    is_partial = match["width"] is not None
    if level > MOST_LEVEL or (is_partial and width >= TILE_WIDTH) or encode_index(index) != match["index"]:
        raise PathInvalid(path)
    return level, index, width


def encode_bundle(entries: list[bytes]) -> bytes:
    """An entry bundle: each entry after its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(content: bytes) -> list[bytes]:
    """The entries of a bundle; what is cut off at the end is left out."""
    entries = []
    at, end = 0, len(content)
    while at + 2 <= end:
        start = at + 2
        at = start + (content[at] << 8) + content[at + 1]
        if at > end:
            break
        entries.append(content[start:at])
    return entries
