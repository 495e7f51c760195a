"""Step 6: the log is sealed, its proofs verify, and tampering with a copy of it is found and located."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from apps.ledger import selectors as ledger_selectors
from apps.ledger import services as ledger
from apps.ledger.database_log import copy_log
from apps.ledger.sealing import seal_pending
from apps.ledger.tree import verify_consistency, verify_inclusion
from apps.ledger.types import Receipt
from apps.ledger.verification import LogCopy, Verdict, verify_log, verify_note
from rtcc_gov.tour.runner import Figures, require


def change_a_byte(entries: list[bytes], at: int) -> list[bytes]:
    entry = bytearray(entries[at])
    entry[len(entry) // 2] ^= 1
    return [*entries[:at], bytes(entry), *entries[at + 1 :]]


def drop_an_entry(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], *entries[at + 1 :]]


def swap_two(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]


def cut_the_tail(entries: list[bytes], at: int) -> list[bytes]:
    return entries[:at]


TAMPERINGS = {
    "byte_changed": change_a_byte,
    "entry_dropped": drop_an_entry,
    "entries_swapped": swap_two,
    "tail_cut": cut_the_tail,
}


def seal(receipt: Receipt) -> Figures:
    """Seal, verify signature, inclusion and consistency, then tamper with a copy in four ways."""
    before = ledger_selectors.find_latest_checkpoint()
    sealed = seal_pending()
    proof = ledger.wait_for_seal(reference=receipt.reference)
    verifier = ledger_selectors.get_verifier()
    checkpoint = verify_note(proof.note, verifier=verifier)
    verify_inclusion(
        leaf_hash=receipt.leaf_hash, index=proof.index, size=proof.size, hashes=proof.hashes, root=checkpoint.root
    )
    if before is not None and before.size:
        consistency = ledger_selectors.get_consistency(old_size=before.size, new_size=proof.size)
        verify_consistency(
            old_size=before.size,
            new_size=proof.size,
            old_root=before.root,
            new_root=checkpoint.root,
            hashes=consistency.hashes,
        )
    copy = copy_log()
    whole = verify_log(copy)
    require(whole.ok, f"the untouched log does not verify: {whole.problem}")
    at = len(copy.entries) // 2
    found = {name: _tamper(copy, tamper, at) for name, tamper in TAMPERINGS.items()}
    for name, verdict in found.items():
        require(not verdict.ok, f"{name} was not detected")
        require(verdict.first_bad_index == at, f"{name} at {at} was located at {verdict.first_bad_index}")
    return {
        "sealed": sealed.sealed,
        "size": proof.size,
        "receipt_index": proof.index,
        "proof_hashes": len(proof.hashes),
        "consistent_from": before.size if before else 0,
        "entries_verified": whole.entries,
        "tampering": {name: {"detected_at": v.first_bad_index, "code": v.code} for name, v in found.items()},
    }


def _tamper(copy: LogCopy, tamper: Callable[[list[bytes], int], list[bytes]], at: int) -> Verdict:
    return verify_log(replace(copy, entries=tamper(list(copy.entries), at)))
