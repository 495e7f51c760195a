"""The public log: a checkpoint and tiles for everybody, entries for nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.ledger import selectors, services, tree
from apps.ledger.note import Verifier, verify_note
from apps.ledger.types import Receipt

pytestmark = pytest.mark.django_db
LOG = "/transparency/log/"


@pytest.fixture
def receipts(write: Callable[[int], list[Receipt]]) -> list[Receipt]:
    receipts = write(600)
    services.seal_pending()
    return receipts


def test_before_the_first_seal_there_is_no_checkpoint(client: Client) -> None:
    response = client.get(f"{LOG}checkpoint")
    assert (response.status_code, response["Cache-Control"]) == (404, "no-store")
    assert client.get(f"{LOG}tile/0/000").status_code == 404


def test_a_stranger_checks_the_checkpoint_against_the_tiles(client: Client, receipts: list[Receipt]) -> None:
    verifier = Verifier.parse(client.get(f"{LOG}verifier").content.decode())
    assert verifier == selectors.get_verifier()
    response = client.get(f"{LOG}checkpoint")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=1"
    checkpoint = verify_note(response.content.decode(), verifier=verifier)
    content = b"".join(client.get(f"{LOG}tile/0/{name}").content for name in ("000", "001", "002.p/88"))
    leaves = [content[at : at + 32] for at in range(0, len(content), 32)]
    assert leaves == [receipt.leaf_hash for receipt in receipts]
    frontier = tree.Frontier()
    frontier.extend(leaves)
    assert frontier.root() == checkpoint.root
    above = client.get(f"{LOG}tile/1/000.p/2").content
    assert above == tree.hash_perfect(leaves[:256]) + tree.hash_perfect(leaves[256:512])


def test_a_full_tile_may_be_kept_for_ever(client: Client, receipts: list[Receipt]) -> None:
    full, partial = client.get(f"{LOG}tile/0/001"), client.get(f"{LOG}tile/0/002.p/5")
    assert full["Content-Type"] == partial["Content-Type"] == "application/octet-stream"
    assert "immutable" in full["Cache-Control"]
    assert partial["Cache-Control"] == "public, max-age=3600"
    assert len(partial.content) == 5 * 32
    assert client.get(f"{LOG}tile/0/001.p/9").content == full.content[: 9 * 32]


@pytest.mark.parametrize(
    "path",
    ["0/002", "0/002.p/89", "0/003.p/1", "1/000", "1/000.p/3", "2/000.p/1", "63/000", "0/2", "0/x000/000", 
     "entries/000",     "entries/002.p/88", "0/002.p/88/", "0/", "x"],
)  # fmt: skip
def test_what_the_log_does_not_have_is_not_found(client: Client, receipts: list[Receipt], path: str) -> None:
    response = client.get(f"{LOG}tile/{path}")
    assert (response.status_code, response["Cache-Control"]) == (404, "no-store")


def test_the_log_is_read_only(client: Client) -> None:
    for path in ("checkpoint", "verifier", "tile/0/000"):
        assert client.post(f"{LOG}{path}").status_code == 405
