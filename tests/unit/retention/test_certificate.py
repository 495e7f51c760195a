import hashlib
import json
from datetime import UTC, date, datetime, timedelta

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from apps.ledger.note import Verifier
from apps.ledger.tree import EMPTY_ROOT, hash_leaf, hash_node
from apps.retention import certificate
from apps.retention.certificate import ChunkLine
from apps.retention.types import RetentionRule

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
VERIFIER = Verifier(name="rtcc.example.gov/access-log", public_key=KEY.public_key().public_bytes_raw())
REFERENCE = "6f0c3f0e-7a5e-4f5a-9c55-6a1a3c9b8d10"
DUE = datetime(2026, 10, 31, tzinfo=UTC)
CHUNKS = [
    ChunkLine(source_id=1, rows=10_000, first_id=1, last_id=10_000, digest=hashlib.sha256(b"a").digest()),
    ChunkLine(source_id=2, rows=5, first_id=10_001, last_id=10_005, digest=hashlib.sha256(b"b").digest()),
]


def statement(**changes):
    values = {
        "reference": REFERENCE,
        "category": "PLATE_READ",
        "day": date(2026, 10, 1),
        "rule": RetentionRule(category="PLATE_READ", days=30, policy_version=1, policy_digest="ab" * 32),
        "due_at": DUE,
        "rows": 10_005,
        "rows_by_source": {"1": 10_000, "2": 5},
        "size_bytes": 4_000_000,
        "leaves": 2,
        "root": certificate.commit_to_chunks(CHUNKS),
        "key_id": "0d0e5f0e-7a5e-4f5a-9c55-6a1a3c9b8d10",
        "partition": "records_plateread_20261001",
        "preserved": [
            {"case_number": "26-001", "rows": 1, "approved_by": "P-0002", "hold_ends_at": "x", "ledger_reference": "y"}
        ],
        "actor": "system:retention",
        "reason_commitment": "cd" * 32,
        "started_at": DUE + timedelta(minutes=5),
        "key_destroyed_at": DUE + timedelta(minutes=5),
        "dropped_at": DUE + timedelta(minutes=5),
        "issued_at": DUE + timedelta(minutes=6),
    }
    return certificate.Statement(**(values | changes))


def signed(key=KEY, **changes):
    canonical = certificate.build_document(statement(**changes))
    note = certificate.sign_note(canonical=canonical, reference=REFERENCE, verifier=VERIFIER, sign=key.sign)
    return canonical, note


def problem(canonical, note, chunks=CHUNKS, verifier=VERIFIER):
    verdict = certificate.verify_certificate(canonical=canonical, note=note, verifier=verifier, chunks=chunks)
    assert verdict.is_good is (verdict.problem == "")
    return verdict.problem


def resign(canonical, key=KEY):
    reference = json.loads(canonical).get("reference", REFERENCE)
    return certificate.sign_note(canonical=canonical, reference=reference, verifier=VERIFIER, sign=key.sign)


def test_a_certificate_is_good_with_and_without_its_leaves():
    canonical, note = signed()
    assert problem(canonical, note) == ""
    assert problem(canonical, note, chunks=None) == ""


def test_an_empty_buckets_certificate_is_good_too():
    canonical, note = signed(rows=0, rows_by_source={}, leaves=0, root=EMPTY_ROOT, preserved=[])
    assert problem(canonical, note, chunks=[]) == ""


def test_the_commitment_is_the_tree_of_rfc_6962_over_the_chunk_lines():
    left, right = (hash_leaf(chunk.line) for chunk in CHUNKS)
    assert certificate.commit_to_chunks(CHUNKS) == hash_node(left, right)
    assert CHUNKS[1].line == b"2 5 10001 10005 " + hashlib.sha256(b"b").hexdigest().encode()


def test_the_document_is_canonical_json_and_says_whether_it_was_on_time():
    canonical, _ = signed()
    assert rfc8785.dumps(json.loads(canonical)) == canonical
    assert json.loads(canonical)["punctuality"] == "ON_TIME"
    late, _ = signed(key_destroyed_at=DUE + timedelta(days=1), dropped_at=DUE + timedelta(days=1))
    assert json.loads(late)["punctuality"] == "LATE"


@given(at=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=7))
def test_any_changed_bit_of_the_document_is_noticed(at, bit):
    canonical, note = signed()
    changed = bytearray(canonical)
    changed[at % len(canonical)] ^= 1 << bit
    assert problem(bytes(changed), note) != ""


@given(at=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=6))
def test_any_changed_bit_of_the_note_is_noticed(at, bit):
    canonical, note = signed()
    changed = bytearray(note.encode())
    changed[at % len(changed)] ^= 1 << bit
    assert problem(canonical, changed.decode("utf-8", errors="replace")) != ""


def test_another_key_another_name_and_a_cut_note_are_noticed():
    canonical, note = signed()
    wrong = "The signature does not belong to this document and key."
    assert problem(*signed(key=OTHER_KEY)) == wrong
    other = Verifier(name="elsewhere.example/log", public_key=VERIFIER.public_key)
    assert problem(canonical, note, verifier=other) == wrong
    stranger = Verifier(name=VERIFIER.name, public_key=OTHER_KEY.public_key().public_bytes_raw())
    assert problem(canonical, note, verifier=stranger) == wrong
    assert problem(canonical, note[:-1]) == wrong


def test_what_is_not_a_certificate_is_not_accepted():
    for content in (b"", b"[]", b"{}", b"\xff", b'"text"', b"1"):
        assert problem(content, "").startswith("The certificate is damaged")
    assert problem(b'{"format":"other"}', "") == "This is not a destruction certificate."


def test_another_spelling_of_the_same_document_is_not_accepted():
    canonical, _ = signed()
    spaced = json.dumps(json.loads(canonical), indent=1).encode()
    assert problem(spaced, resign(spaced)) == "The document is not in canonical form."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows": 10_004}, "The rows by source do not add up."),
        (
            {"due_at": DUE + timedelta(days=1), "started_at": DUE + timedelta(days=1)},
            "The due moment does not follow from the day and the retention period.",
        ),
        (
            {"started_at": DUE - timedelta(seconds=1)},
            "The moments are out of order: due, started, key destroyed, partition dropped, issued.",
        ),
        ({"leaves": 3}, "The chunks do not give the commitment's root."),
        ({"root": bytes(32)}, "The chunks do not give the commitment's root."),
        (
            {"rows": 9, "rows_by_source": {"1": 9}},
            "The chunks do not hold as many rows as the certificate says.",
        ),
    ],
)
def test_a_signed_certificate_that_contradicts_itself_is_not_good(changes, said):
    assert problem(*signed(**changes)) == said


def test_a_signed_certificate_that_misjudges_punctuality_is_not_good():
    canonical, _ = signed()
    document = json.loads(canonical) | {"punctuality": "LATE"}
    changed = bytes(rfc8785.dumps(document))
    assert problem(changed, resign(changed)) == "The certificate misjudges whether the destruction was on time."


def test_leaves_of_another_bucket_are_noticed():
    assert problem(*signed(), chunks=CHUNKS[:1]) == "The chunks do not give the commitment's root."
    assert problem(*signed(), chunks=CHUNKS[::-1]) == "The chunks do not give the commitment's root."


def test_a_packed_certificate_comes_back_whole():
    canonical, note = signed()
    packed = json.dumps(certificate.pack(canonical=canonical, note=note, verifier=VERIFIER, chunks=CHUNKS)).encode()
    assert certificate.unpack(packed) == (canonical, note, VERIFIER, CHUNKS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"document": {}, "note": "", "verifier": "x", "leaves": []}',
        b'{"document": {}, "note": "", "verifier": "", "leaves": ["1 2"]}',
        b'{"document": {"a": 1e400}, "note": "", "verifier": "", "leaves": []}',
        b'{"document": {}, "note": "", "verifier": "", "leaves": 1}',
    ],
)
def test_a_file_that_is_no_packed_certificate_is_an_error(content):
    with pytest.raises(ValueError, match=r"."):
        certificate.unpack(content)
