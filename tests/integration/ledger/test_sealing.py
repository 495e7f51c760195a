"""What is pending is sealed once, in order, under checkpoints that follow from each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from apps.core.db import Role, acting_as
from apps.keys.services import KeyStoreUnavailable
from apps.ledger import sealing, selectors, services, tasks, tree
from apps.ledger.database_log import copy_log, verify_stored_log
from apps.ledger.note import verify_note
from apps.ledger.types import Receipt
from apps.ledger.verification import verify_consistency, verify_inclusion, verify_log

pytestmark = pytest.mark.django_db
Write = Callable[[int], list[Receipt]]


def test_nothing_pending_makes_no_checkpoint() -> None:
    result = services.seal_pending()
    assert (result.sealed, result.size, result.root, result.is_alone) == (0, 0, tree.EMPTY_ROOT, True)
    with pytest.raises(selectors.CheckpointMissing):
        selectors.get_latest_checkpoint()
    assert verify_stored_log().ok


def test_entries_are_sealed_in_order_and_proved(write: Write) -> None:
    receipts = write(600)
    assert services.seal_pending(most=100).sealed == 100
    with pytest.raises(selectors.EntryUnsealed):
        selectors.get_inclusion(reference=receipts[100].reference)
    assert services.seal_pending().size == 600
    for index in (0, 99, 100, 255, 256, 511, 599):
        proof = selectors.get_inclusion(reference=receipts[index].reference)
        assert (proof.index, proof.size, proof.leaf_hash) == (index, 600, receipts[index].leaf_hash)
        checkpoint = verify_note(proof.note, verifier=selectors.get_verifier())
        verify_inclusion(leaf_hash=proof.leaf_hash, index=index, size=600, hashes=proof.hashes, root=checkpoint.root)
        assert selectors.is_included(proof=proof, leaf_hash=receipts[index].leaf_hash)
        assert not selectors.is_included(proof=proof, leaf_hash=receipts[index - 1].leaf_hash)
        assert not selectors.is_included(proof=replace(proof, note="forged"), leaf_hash=proof.leaf_hash)
    assert selectors.get_entry(reference=receipts[7].reference).index == 7


def test_each_checkpoint_follows_from_the_one_before(write: Write) -> None:
    for count in (1, 254, 1, 1, 300, 9):
        write(count)
        services.seal_pending()
    notes = [verify_note(note, verifier=selectors.get_verifier()) for note in selectors.list_notes()]
    assert [checkpoint.size for checkpoint in notes] == [1, 255, 256, 257, 557, 566]
    for old, new in pairwise(notes):
        proof = selectors.get_consistency(old_size=old.size, new_size=new.size)
        verify_consistency(
            old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, hashes=proof.hashes
        )
    assert selectors.get_checkpoint_before(size=566).size == 557
    with pytest.raises(selectors.CheckpointMissing):
        selectors.get_checkpoint_before(size=1)
    with pytest.raises(ValueError, match="not 567 entries"):
        selectors.get_consistency(old_size=1, new_size=567)
    assert verify_stored_log().checkpoints == 6
    assert verify_log(copy_log()).ok


def test_a_tree_of_three_levels_grows_from_where_it_stood(write: Write) -> None:
    write(66_000)
    services.seal_pending(most=65_000)
    services.seal_pending()
    write(300)
    services.seal_pending()
    assert verify_stored_log().entries == 66_300


def test_proofs_take_few_queries(write: Write, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    receipts = write(3_000)
    services.seal_pending()
    with django_assert_max_num_queries(8):
        selectors.get_inclusion(reference=receipts[1_234].reference)
    with django_assert_max_num_queries(8):
        selectors.get_consistency(old_size=1_111, new_size=3_000)


def test_the_logs_time_does_not_go_back_with_the_clock(write: Write) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        [first] = write(1)
        services.seal_pending()
    with time_machine.travel(noon - timedelta(hours=3), tick=False):
        [second] = write(1)
        assert selectors.get_sealer_lag(now=noon - timedelta(hours=4)) == 0.0
        services.seal_pending()
    earlier, later = (verify_note(note, verifier=selectors.get_verifier()) for note in selectors.list_notes())
    assert earlier.signed_at == later.signed_at == noon
    # The entry says what the clock said; its place says when it came.
    assert selectors.get_entry(reference=second.reference).recorded_at == noon - timedelta(hours=3)
    assert [selectors.get_inclusion(reference=each.reference).index for each in (first, second)] == [0, 1]
    assert verify_stored_log().ok


def test_the_lag_is_the_age_of_the_oldest_unsealed_entry(write: Write) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert selectors.get_sealer_lag(now=noon) == 0.0
    with time_machine.travel(noon, tick=False):
        write(1)
    with time_machine.travel(noon + timedelta(seconds=1), tick=False):
        write(1)
    assert selectors.get_sealer_lag(now=noon + timedelta(seconds=90)) == 90.0
    services.seal_pending()
    assert selectors.get_sealer_lag(now=noon + timedelta(seconds=90)) == 0.0


def test_a_second_sealer_stands_back(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(1)
    monkeypatch.setattr(sealing, "try_advisory_lock", lambda name: False)
    result = services.seal_pending()
    assert (result.sealed, result.is_alone) == (0, False)
    assert selectors.count_pending() == 1


def test_without_the_signing_key_nothing_is_sealed(write: Write, key_store) -> None:  # type: ignore[no-untyped-def]
    write(1)
    services.seal_pending()
    write(1)
    (key_store / "kek.key").unlink()
    with pytest.raises(KeyStoreUnavailable):
        services.seal_pending()
    assert selectors.count_pending() == 1
    assert selectors.get_latest_checkpoint().size == 1


def test_the_task_seals_what_is_pending(write: Write) -> None:
    write(1)
    tasks.seal_pending()
    assert selectors.count_pending() == 0


def test_a_receipt_that_waits_in_vain_is_told(write: Write) -> None:
    [receipt] = write(1)
    with pytest.raises(services.SealLate):
        services.wait_for_seal(reference=receipt.reference, most_seconds=0)


def test_the_sealers_role_reads_what_it_needs(write: Write) -> None:
    write(1)
    with acting_as(Role.SEALER):
        assert services.seal_pending().sealed == 1
