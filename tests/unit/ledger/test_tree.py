"""The tree is RFC 6962's, whatever way it grew, and its proofs prove exactly what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ledger import tree
from apps.ledger.tree import Frontier, ProofInvalid

# RFC 6962's published test leaves and the roots of their first n (certificate-transparency's reference tests).
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes(count: int) -> list[bytes]:
    return [tree.hash_leaf(str(number).encode()) for number in range(count)]


def slow_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return tree.hash_node(slow_root(leaves[:split]), slow_root(leaves[split:]))


class Tiles:
    """A log's tiles in memory."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels = [list(leaves)]
        while len(self.levels[-1]) >= tree.TILE_WIDTH:
            below = self.levels[-1]
            full = len(below) // tree.TILE_WIDTH
            self.levels.append([tree.hash_perfect(below[n * 256 : n * 256 + 256]) for n in range(full)])
        self.reads = 0

    def read(self, level: int, index: int, width: int) -> Sequence[bytes]:
        self.reads += 1
        found = self.levels[level][index * 256 : index * 256 + width]
        assert len(found) == width
        return found


@pytest.mark.parametrize("count", range(9))
def test_the_published_roots_come_out(count: int) -> None:
    frontier = Frontier()
    frontier.extend(tree.hash_leaves(LEAVES[:count]))
    assert frontier.root().hex() == ROOTS[count]


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_a_tree_has_one_root_whatever_way_it_grew(steps: list[int]) -> None:
    leaves = hashes(sum(steps))
    frontier = Frontier()
    tiles = []
    at = 0
    for step in steps:
        tiles += frontier.extend(leaves[at : at + step])
        at += step
    assert frontier.root() == slow_root(leaves)
    whole = Tiles(leaves)
    for tile in tiles:
        assert tile.hashes == b"".join(whole.read(tile.level, tile.index, 256))
        assert tile.root == tree.hash_perfect(whole.read(tile.level, tile.index, 256))
    assert len(tiles) == sum(len(level) // 256 for level in whole.levels)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 66_000])
def test_a_tree_goes_on_from_its_loose_hashes(size: int) -> None:
    leaves = hashes(66_300)
    whole = Tiles(leaves[:size])
    levels = [
        whole.read(level, size >> (8 * (level + 1)), width) for level, width in enumerate(tree.partial_widths(size))
    ]
    frontier = Frontier(size, levels)
    assert frontier.root() == slow_root(leaves[:size])
    room = 255 - size % 256
    assert frontier.root(leaves[size : size + room]) == slow_root(leaves[: size + room])
    tiles = frontier.extend(leaves[size:])
    assert frontier.root() == slow_root(leaves)
    assert [tile.index for tile in tiles if tile.level == 0] == list(range(size // 256, 66_300 // 256))


def test_loose_hashes_must_be_those_of_the_size() -> None:
    with pytest.raises(ValueError, match="Level 0"):
        Frontier(3, [hashes(2)])
    with pytest.raises(ValueError, match="Level 1"):
        Frontier(256, [[]])


def test_tiles_have_the_width_that_the_size_gives() -> None:
    size = 256 * 256 + 256 + 5
    assert [tree.tile_width(0, n, size) for n in (0, 256, 257, 258)] == [256, 256, 5, 0]
    assert [tree.tile_width(1, n, size) for n in (0, 1, 2)] == [256, 1, 0]
    assert list(tree.list_upper_tiles(size)) == [(1, 0, 256), (1, 1, 1), (2, 0, 1)]
    assert list(tree.list_upper_tiles(255)) == []


@given(st.integers(1, 1200), st.data())
def test_every_leaf_is_proved_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    root = slow_root(leaves)
    proof = tree.prove_inclusion(index, size, Tiles(leaves).read)
    assert len(proof) <= max(1, (size - 1).bit_length())
    tree.verify_inclusion(leaf_hash=leaves[index], index=index, size=size, hashes=proof, root=root)
    wrong = [
        {"leaf_hash": tree.hash_leaf(b"another")},
        {"index": size},
        {"root": tree.hash_leaf(b"another root")},
        {"hashes": [*proof, root]},
    ]
    wrong += [{"hashes": proof[:-1]}, {"hashes": [root, *proof[1:]]}] if proof else []
    for change in wrong:
        claim = {"leaf_hash": leaves[index], "index": index, "size": size, "hashes": proof, "root": root} | change
        with pytest.raises(ProofInvalid):
            tree.verify_inclusion(**claim)  # type: ignore[arg-type]


@given(st.integers(0, 900), st.integers(0, 900))
def test_a_tree_is_shown_to_begin_with_every_earlier_one(old_size: int, more: int) -> None:
    leaves = hashes(old_size + more)
    old_root, new_root = slow_root(leaves[:old_size]), slow_root(leaves)
    proof = tree.prove_consistency(old_size, len(leaves), Tiles(leaves).read)
    claim = {"old_size": old_size, "new_size": len(leaves), "old_root": old_root, "new_root": new_root}
    tree.verify_consistency(**claim, hashes=proof)  # type: ignore[arg-type]
    wrong: list[dict[str, object]] = [
        {"hashes": [*proof, new_root]},
        {"old_root": tree.hash_leaf(b"another")},
        {"old_size": len(leaves) + 1},
    ]
    if proof:
        wrong += [{"hashes": []}, {"hashes": proof[:-1]}, {"new_root": tree.hash_leaf(b"another")}]
    for change in wrong:
        with pytest.raises(ProofInvalid):
            tree.verify_consistency(**({**claim, "hashes": proof} | change))  # type: ignore[arg-type]


def test_a_fork_cannot_be_shown_to_be_consistent() -> None:
    honest, forked = hashes(500), hashes(500)
    forked[100] = tree.hash_leaf(b"rewritten")
    proof = tree.prove_consistency(300, 500, Tiles(forked).read)
    with pytest.raises(ProofInvalid):
        tree.verify_consistency(
            old_size=300, new_size=500, old_root=slow_root(honest[:300]), new_root=slow_root(forked), hashes=proof
        )


def test_a_proof_reads_few_tiles() -> None:
    leaves = hashes(70_000)
    tiles = Tiles(leaves)
    tree.prove_inclusion(12_345, 70_000, tiles.read)
    assert tiles.reads <= 6
    tiles.reads = 0
    tree.prove_consistency(33_333, 70_000, tiles.read)
    assert tiles.reads <= 6


def test_what_is_not_in_the_tree_is_not_proved() -> None:
    for index in (-1, 5):
        with pytest.raises(ValueError, match="not in a tree"):
            tree.prove_inclusion(index, 5, Tiles(hashes(5)).read)
    for old in (-1, 6):
        with pytest.raises(ValueError, match="cannot follow"):
            tree.prove_consistency(old, 5, Tiles(hashes(5)).read)
