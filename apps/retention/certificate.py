"""What does a destruction certificate say, and is it true to itself and to its signature? Pure: no database, no Django.

The document is RFC 8785 canonical JSON. A C2SP signed note carries its SHA-256, so the same key and format vouch for
certificates and for the log's checkpoints. The commitment is an RFC 6962 tree over one line for each insert statement
that had filled the bucket; a line holds the hash of that statement's row tokens. Tokens are keyed by the destroyed key:
the commitment identifies the rows to whoever holds a copy, and tells nobody else anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from apps.core.types import Window
from apps.ledger.note import ED25519, Verifier
from apps.ledger.tree import Frontier, hash_leaves
from apps.retention import rules
from apps.retention.types import RetentionRule

FORMAT = "rtcc-gov/destruction-certificate/v1"
METHOD = "RFC 6962 tree over lines 'source rows first-id last-id sha256(event tokens in id order)', one for each insert"
NOTE_NAME = "destruction-certificate"


@dataclass(frozen=True, kw_only=True)
class ChunkLine:
    """What one insert statement wrote into the bucket."""

    source_id: int
    rows: int
    first_id: int
    last_id: int
    digest: bytes

    @property
    def line(self) -> bytes:
        return f"{self.source_id} {self.rows} {self.first_id} {self.last_id} {self.digest.hex()}".encode()

    @classmethod
    def parse(cls, line: str) -> ChunkLine:
        """:raises ValueError: if it is not such a line"""
        source_id, rows, first_id, last_id, digest = line.split(" ")
        return cls(
            source_id=int(source_id),
            rows=int(rows),
            first_id=int(first_id),
            last_id=int(last_id),
            digest=bytes.fromhex(digest),
        )


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Everything that a certificate says."""

    reference: str
    category: str
    day: date
    rule: RetentionRule
    due_at: datetime
    rows: int
    rows_by_source: Mapping[str, int]
    size_bytes: int
    leaves: int
    root: bytes
    key_id: str
    partition: str
    preserved: Sequence[Mapping[str, Any]]
    actor: str
    reason_commitment: str
    started_at: datetime
    key_destroyed_at: datetime
    dropped_at: datetime
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`problem` is empty exactly when the certificate is good."""

    problem: str
    document: Mapping[str, Any]

    @property
    def is_good(self) -> bool:
        return not self.problem


def commit_to_chunks(chunks: Sequence[ChunkLine]) -> bytes:
    """The tree's root; an empty bucket has the root of the empty tree."""
    frontier = Frontier()
    frontier.extend(hash_leaves([chunk.line for chunk in chunks]))
    return frontier.root()


def build_document(statement: Statement) -> bytes:
    window = Window.of_day(statement.day)
    document: dict[str, Any] = {
        "format": FORMAT,
        "reference": statement.reference,
        "category": statement.category,
        "day": statement.day.isoformat(),
        "window": {"start": window.start.isoformat(), "end": window.end.isoformat()},
        "rule": {
            "retention_days": statement.rule.days,
            "policy_version": statement.rule.policy_version,
            "policy_digest": statement.rule.policy_digest,
            "due_at": statement.due_at.isoformat(),
        },
        "rows": {
            "destroyed": statement.rows,
            "by_source": dict(statement.rows_by_source),
            "bytes": statement.size_bytes,
        },
        "commitment": {"method": METHOD, "leaves": statement.leaves, "root": statement.root.hex()},
        "key": {"key_id": statement.key_id, "destroyed_at": statement.key_destroyed_at.isoformat()},
        "partition": {"name": statement.partition, "dropped_at": statement.dropped_at.isoformat()},
        "preserved": [dict(hold) for hold in statement.preserved],
        "actor": statement.actor,
        "reason_code": "RETENTION_PERIOD_OVER",
        "reason_commitment": statement.reason_commitment,
        "started_at": statement.started_at.isoformat(),
        "issued_at": statement.issued_at.isoformat(),
        "punctuality": punctuality(due_at=statement.due_at, destroyed_at=statement.key_destroyed_at),
    }
    return bytes(rfc8785.dumps(document))


def punctuality(*, due_at: datetime, destroyed_at: datetime) -> str:
    return "ON_TIME" if rules.is_on_time(due=due_at, destroyed_at=destroyed_at) else "LATE"


def digest(canonical: bytes) -> str:
    return hashlib.sha256(canonical).hexdigest()


def sign_note(*, canonical: bytes, reference: str, verifier: Verifier, sign: Callable[[bytes], bytes]) -> str:
    """The certificate's signed note: whose statement, which certificate, its hash, and one signature line.

    :param sign: makes an Ed25519 signature with the key that `verifier` names
    """
    text = _note_text(origin=verifier.name, reference=reference, canonical=canonical)
    signature = base64.b64encode(verifier.key_id(ED25519) + sign(text.encode())).decode()
    return f"{text}\n— {verifier.name} {signature}\n"


def _note_text(*, origin: str, reference: str, canonical: bytes) -> str:
    hashed = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    return f"{origin}/{NOTE_NAME}\n{reference}\n{hashed}\n"


def _is_signed(note: str, *, text: str, verifier: Verifier) -> bool:
    head = f"{text}\n— {verifier.name} "
    if not note.startswith(head) or not note.endswith("\n"):
        return False
    encoded = note[len(head) : -1]
    signature = base64.b64decode(encoded, validate=True)
    # The unused bits of the last character must be zero, or one signature would have several spellings.
    if base64.b64encode(signature).decode() != encoded or signature[:4] != verifier.key_id(ED25519):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(signature[4:], text.encode())
    except InvalidSignature:
        return False
    return True


def verify_certificate(
    *, canonical: bytes, note: str, verifier: Verifier, chunks: Sequence[ChunkLine] | None = None
) -> Verdict:
    """Check form, signature, inner consistency and, where the chunk lines are at hand, the commitment.

    :param canonical: the document's bytes as they were signed
    :param verifier: the log's name and key, from a source that the reader trusts
    """
    try:
        document = json.loads(canonical)
        problem = _find_problem(document, canonical, note, verifier, chunks)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Verdict(problem=f"The certificate is damaged: {type(error).__name__}.", document={})
    return Verdict(problem=problem, document=document)


def _find_problem(
    document: Mapping[str, Any],
    canonical: bytes,
    note: str,
    verifier: Verifier,
    chunks: Sequence[ChunkLine] | None,
) -> str:
    if document["format"] != FORMAT:
        return "This is not a destruction certificate."
    if rfc8785.dumps(document) != canonical:
        return "The document is not in canonical form."
    text = _note_text(origin=verifier.name, reference=document["reference"], canonical=canonical)
    if not _is_signed(note, text=text, verifier=verifier):
        return "The signature does not belong to this document and key."
    rows, rule = document["rows"], document["rule"]
    if sum(rows["by_source"].values()) != rows["destroyed"]:
        return "The rows by source do not add up."
    day, due = date.fromisoformat(document["day"]), datetime.fromisoformat(rule["due_at"])
    if rules.due_at(day=day, days=rule["retention_days"]) != due:
        return "The due moment does not follow from the day and the retention period."
    moments = [
        datetime.fromisoformat(text)
        for text in (
            rule["due_at"],
            document["started_at"],
            document["key"]["destroyed_at"],
            document["partition"]["dropped_at"],
            document["issued_at"],
        )
    ]
    if moments != sorted(moments):
        return "The moments are out of order: due, started, key destroyed, partition dropped, issued."
    if document["punctuality"] != punctuality(due_at=due, destroyed_at=moments[2]):
        return "The certificate misjudges whether the destruction was on time."
    if chunks is not None:
        commitment = document["commitment"]
        if len(chunks) != commitment["leaves"] or commit_to_chunks(chunks).hex() != commitment["root"]:
            return "The chunks do not give the commitment's root."
        if sum(chunk.rows for chunk in chunks) != rows["destroyed"]:
            return "The chunks do not hold as many rows as the certificate says."
    return ""


def pack(*, canonical: bytes, note: str, verifier: Verifier, chunks: Sequence[ChunkLine]) -> dict[str, Any]:
    """The certificate as one JSON object that can be checked without this site."""
    return {
        "document": json.loads(canonical),
        "note": note,
        "verifier": str(verifier),
        "leaves": [chunk.line.decode() for chunk in chunks],
    }


def unpack(content: bytes) -> tuple[bytes, str, Verifier, list[ChunkLine]]:
    """Canonical document, note, verifier and chunk lines of a packed certificate.

    :raises ValueError: if it is not one
    """
    try:
        package = json.loads(content)
        canonical = bytes(rfc8785.dumps(package["document"]))
        chunks = [ChunkLine.parse(line) for line in package["leaves"]]
        return canonical, str(package["note"]), Verifier.parse(package["verifier"]), chunks
    except (KeyError, TypeError, AttributeError, rfc8785.CanonicalizationError) as error:
        raise ValueError("The file is not a destruction certificate.") from error
