"""A tile has one address, the one that C2SP tlog-tiles gives it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ledger import tiles
from apps.ledger.tiles import PathInvalid


def test_paths_are_those_of_the_specification() -> None:
    assert tiles.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tiles.tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert tiles.tile_path("entries", 1000) == "tile/entries/x001/000"


@given(st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_leads_back_to_its_tile(level: int, index: int, width: int) -> None:
    path = tiles.tile_path(level, index, width).removeprefix("tile/")
    assert tiles.parse_tile_path(path) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/0", "0/00", "00/000", "64/000", "0/x000/001", "0/1234", "0/x1/000", "0/000.p/0", "0/000.p/256",
     "0/000.p/01", "0/000.p/", "0/000/", "entries/000", "-1/000", "0/x001", "0/../000", "0/001\n", "99/000", "0/٠٠٠"],
)  # fmt: skip
def test_any_other_spelling_is_refused(path: str) -> None:
    with pytest.raises(PathInvalid):
        tiles.parse_tile_path(path)


def test_a_bundle_of_entries_reads_back() -> None:
    entries = [b"", b"one", b"x" * 65_535]
    assert tiles.decode_bundle(tiles.encode_bundle(entries)) == entries
    assert tiles.decode_bundle(b"") == []


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_bundle_that_was_cut_gives_the_whole_entries_before_the_cut(cut: int) -> None:
    content = tiles.encode_bundle([b"one", b"two"])
    assert tiles.decode_bundle(content[:-cut]) == [b"one"]
    assert tiles.decode_bundle(content[:6]) == [b"one"]
