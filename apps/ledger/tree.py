"""What is the Merkle tree over the log, and how is a part of it proved?

The tree is RFC 6962's (section 2.1), its proofs RFC 9162's (sections 2.1.3 and 2.1.4). It is kept as C2SP tlog-tiles
keep it: in tiles of height 8, so that a full tile holds 256 hashes and never changes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256

#: Gives `width` hashes of the tile at (level, index): all 256 if it is full, else its first ones.
ReadTile = Callable[[int, int, int], Sequence[bytes]]


class ProofInvalid(ValueError):
    """The proof does not lead from the leaf, or the old root, to the root."""


def hash_leaf(entry: bytes) -> bytes:
    return _sha256(b"\x00" + entry).digest()


def hash_leaves(entries: Sequence[bytes]) -> list[bytes]:
    sha256 = _sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def hash_node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


def hash_perfect(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    sha256 = _sha256
    level = list(hashes)
    while len(level) > 1:
        joined = b"".join(level)
        level = [sha256(b"\x01" + joined[at : at + 64]).digest() for at in range(0, len(joined), 64)]
    return level[0]


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A full tile: 256 hashes of one level, and the hash of the node above them."""

    level: int
    index: int
    hashes: bytes
    root: bytes


class Frontier:
    """The right edge of a tree: of each level of tiles, the hashes that do not fill a tile yet.

    It is all that a tree needs in order to grow: at most 255 hashes a level, four levels for four billion leaves.
    """

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self._levels = [list(level) for level in levels]
        for number, width in enumerate(partial_widths(size)):
            if number >= len(self._levels) or len(self._levels[number]) != width:
                raise ValueError(f"Level {number} of a tree of {size} leaves has {width} loose hashes.")

    def extend(self, leaf_hashes: Sequence[bytes]) -> list[Tile]:
        """Add leaves; return the tiles that they fill, each after the tiles below it."""
        self.size += len(leaf_hashes)
        tiles: list[Tile] = []
        self._add(0, leaf_hashes, self.size, tiles)
        return tiles

    def _add(self, level: int, hashes: Sequence[bytes], count: int, tiles: list[Tile]) -> None:
        if level == len(self._levels):
            self._levels.append([])
        loose = self._levels[level]
        loose.extend(hashes)
        if len(loose) < TILE_WIDTH:
            return
        full = len(loose) // TILE_WIDTH
        first = count // TILE_WIDTH - full
        roots = []
        for number in range(full):
            part = loose[number * TILE_WIDTH : (number + 1) * TILE_WIDTH]
            root = hash_perfect(part)
            roots.append(root)
            tiles.append(Tile(level=level, index=first + number, hashes=b"".join(part), root=root))
        self._levels[level] = loose[full * TILE_WIDTH :]
        self._add(level + 1, roots, count // TILE_WIDTH, tiles)

    def root(self, more: Sequence[bytes] = ()) -> bytes:
        """The root of the tree; with `more`, of the tree with these leaves added, as long as they fill no tile."""
        parts: list[bytes] = []
        for level in reversed(self._levels[1:]):
            parts.extend(_perfect_roots(level))
        parts.extend(_perfect_roots([*(self._levels[0] if self._levels else ()), *more]))
        return _fold(parts)


def partial_widths(size: int) -> list[int]:
    """How many hashes of each level of tiles do not fill one, in a tree of `size` leaves."""
    widths = []
    while size:
        widths.append(size % TILE_WIDTH)
        size //= TILE_WIDTH
    return widths


def _perfect_roots(hashes: Sequence[bytes]) -> Iterator[bytes]:
    at = 0
    while at < len(hashes):
        width = 1 << ((len(hashes) - at).bit_length() - 1)
        yield hash_perfect(hashes[at : at + width])
        at += width


def _fold(parts: Sequence[bytes]) -> bytes:
    if not parts:
        return EMPTY_ROOT
    root = parts[-1]
    for part in reversed(parts[:-1]):
        root = hash_node(part, root)
    return root


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes the tile at (level, index) has in a tree of `size` leaves: 0 to 256."""
    count = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, count - index * TILE_WIDTH))


def list_upper_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, index and width of the tiles above level 0 in a tree of `size` leaves, the partial ones included."""
    level = 1
    while count := size >> (TILE_HEIGHT * level):
        for index in range((count + TILE_WIDTH - 1) // TILE_WIDTH):
            yield level, index, tile_width(level, index, size)
        level += 1


def prove_inclusion(index: int, size: int, read: ReadTile) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root of the tree of `size` leaves.

    :raises ValueError: if the leaf is not in the tree
    """
    if not 0 <= index < size:
        raise ValueError(f"Leaf {index} is not in a tree of {size}.")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return _hash_ranges(reversed(ranges), size, read)


def prove_consistency(old_size: int, new_size: int, read: ReadTile) -> list[bytes]:
    """The hashes that show that the tree of `new_size` leaves begins with the tree of `old_size`.

    :raises ValueError: unless 0 ≤ old ≤ new
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"A tree of {new_size} cannot follow one of {old_size}.")
    if old_size in (0, new_size):
        return []
    ranges = []
    start, end, is_whole = 0, new_size, True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, is_whole = middle, False
    if not is_whole:
        ranges.append((start, end))
    return _hash_ranges(reversed(ranges), new_size, read)


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _hash_ranges(ranges: Iterator[tuple[int, int]], size: int, read: ReadTile) -> list[bytes]:
    tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def node(height: int, index: int) -> bytes:
        level, inside = divmod(height, TILE_HEIGHT)
        first = index << inside
        tile_index, offset = divmod(first, TILE_WIDTH)
        if (level, tile_index) not in tiles:
            tiles[level, tile_index] = read(level, tile_index, tile_width(level, tile_index, size))
        return hash_perfect(tiles[level, tile_index][offset : offset + (1 << inside)])

    def root(start: int, end: int) -> bytes:
        parts = []
        while start < end:
            height = (end - start).bit_length() - 1
            parts.append(node(height, start >> height))
            start += 1 << height
        return _fold(parts)

    return [root(start, end) for start, end in ranges]


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, hashes: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, section 2.1.3.2.

    :raises ProofInvalid: if the proof does not lead from the leaf to the root
    """
    if not 0 <= index < size:
        raise ProofInvalid("The leaf is not in the tree.")
    node, last, result = index, size - 1, leaf_hash
    for sibling in hashes:
        if last == 0:
            raise ProofInvalid("The proof is too long.")
        if node & 1 or node == last:
            result = hash_node(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = hash_node(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("The proof is too short.")
    if result != root:
        raise ProofInvalid("The proof leads to another root.")


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, hashes: Sequence[bytes]
) -> None:
    """RFC 9162, section 2.1.4.2; an empty old tree is the beginning of every tree.

    :raises ProofInvalid: if the proof does not lead from the old root to the new one
    """
    if not 0 <= old_size <= new_size:
        raise ProofInvalid("The old tree is larger than the new one.")
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if hashes or old_root != expected:
            raise ProofInvalid("The trees differ.")
        return
    path = list(hashes)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("The proof is too short.")
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_result = new_result = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("The proof is too long.")
        if node & 1 or node == last:
            old_result = hash_node(sibling, old_result)
            new_result = hash_node(sibling, new_result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_result = hash_node(new_result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("The proof is too short.")
    if old_result != old_root or new_result != new_root:
        raise ProofInvalid("The proof leads to other roots.")
