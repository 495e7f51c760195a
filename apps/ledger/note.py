"""What is a checkpoint on paper? A C2SP signed note (signed-note, tlog-checkpoint, tlog-cosignature).

The log signs twice: the note itself, and the note with a moment (cosignature/v1), so that the time of a checkpoint is
signed too and any program that knows the formats can check both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from apps.ledger.tree import HASH_BYTES

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
SIGNATURE_LINE = re.compile(r"— (?P<name>[^ +\n]+) (?P<signature>[A-Za-z0-9+/]+={0,2})")
SIZE = re.compile(r"0|[1-9]\d{0,18}")


class NoteInvalid(ValueError):
    """The note is malformed, or is not signed by the key that is expected."""


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """A log's name and public key (32 bytes)."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not self.name or re.search(r"[\s+]", self.name):
            raise NoteInvalid(f"A log's name has no space and no plus sign; {self.name!r} will not do.")
        if len(self.public_key) != HASH_BYTES:
            raise NoteInvalid("An Ed25519 public key has 32 bytes.")

    def key_id(self, kind: int) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([kind]) + self.public_key).digest()[:4]

    def __str__(self) -> str:
        """The verifier key as tools take it: name, key id and key with a plus sign between."""
        key = base64.b64encode(bytes([ED25519]) + self.public_key).decode()
        return f"{self.name}+{self.key_id(ED25519).hex()}+{key}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """:raises NoteInvalid: if it is not a verifier key of an Ed25519 signer"""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if key[:1] != bytes([ED25519]):
            raise NoteInvalid("This is not the verifier key of an Ed25519 signer.")
        verifier = cls(name=name, public_key=key[1:])
        if verifier.key_id(ED25519).hex() != key_id:
            raise NoteInvalid("The verifier key's id does not belong to its name and key.")
        return verifier


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A tree's size and root, and when the log said so."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, *, verifier: Verifier, sign: Callable[[bytes], bytes]) -> str:
    """The checkpoint as a signed note.

    :param sign: makes an Ed25519 signature with the key that `verifier` names
    """
    seconds = int(checkpoint.signed_at.timestamp())
    signatures = (
        verifier.key_id(ED25519) + sign(checkpoint.text.encode()),
        verifier.key_id(COSIGNATURE_V1)
        + seconds.to_bytes(8, "big")
        + sign(_cosigned_message(checkpoint.text, seconds)),
    )
    lines = "".join(f"— {verifier.name} {base64.b64encode(signature).decode()}\n" for signature in signatures)
    return f"{checkpoint.text}\n{lines}"


def verify_note(note: str, *, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note that the log's key signed, as it is and with its time; others' signatures are ignored.

    :raises NoteInvalid: if it is malformed, of another log, or not signed by the key
    """
    text, gap, rest = note.partition("\n\n")
    if not gap or not rest.endswith("\n"):
        raise NoteInvalid("The note is cut off.")
    text += "\n"
    signatures = _signatures(rest, verifier.name)
    key = Ed25519PublicKey.from_public_bytes(verifier.public_key)
    plain = _find(signatures, verifier.key_id(ED25519), 64)
    timed = _find(signatures, verifier.key_id(COSIGNATURE_V1), 72)
    seconds = int.from_bytes(timed[:8], "big")
    try:
        key.verify(plain, text.encode())
        key.verify(timed[8:], _cosigned_message(text, seconds))
    except InvalidSignature:
        raise NoteInvalid("The note's signature is wrong.") from None
    return _parse(text, verifier.name, datetime.fromtimestamp(seconds, UTC))


def _parse(text: str, origin: str, signed_at: datetime) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != origin or not SIZE.fullmatch(lines[1]):
        raise NoteInvalid("The note is not a checkpoint of this log.")
    root = _decode(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteInvalid("The checkpoint's root has not 32 bytes.")
    return Checkpoint(origin=origin, size=int(lines[1]), root=root, signed_at=signed_at)


def _signatures(rest: str, name: str) -> list[bytes]:
    found = []
    for line in rest[:-1].split("\n"):
        match = SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise NoteInvalid("A signature line of the note is malformed.")
        if match["name"] == name:
            found.append(_decode(match["signature"]))
    return found


def _find(signatures: Sequence[bytes], key_id: bytes, length: int) -> bytes:
    for signature in signatures:
        if signature[:4] == key_id and len(signature) == 4 + length:
            return signature[4:]
    raise NoteInvalid("The note is not signed by the log's key.")


def _cosigned_message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("The note holds something that is not base64.") from None
