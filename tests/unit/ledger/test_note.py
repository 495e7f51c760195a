"""A checkpoint is a signed note that other programs can read, and only the log's key makes it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.ledger.note import Checkpoint, NoteInvalid, Verifier, sign_checkpoint, verify_note

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
NAME = "log.example.gov/access"
VERIFIER = Verifier(name=NAME, public_key=KEY.public_key().public_bytes_raw())
MOMENT = datetime(2026, 11, 24, 12, 0, 3, tzinfo=UTC)
CHECKPOINT = Checkpoint(origin=NAME, size=42, root=b"r" * 32, signed_at=MOMENT)
NOTE = sign_checkpoint(CHECKPOINT, verifier=VERIFIER, sign=KEY.sign)


def test_a_note_reads_as_c2sp_says() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == [NAME, "42", base64.b64encode(b"r" * 32).decode(), ""]
    assert [line.split(" ")[:2] for line in lines[4:6]] == [["—", NAME]] * 2
    assert lines[6:] == [""]
    plain, timed = (base64.b64decode(line.split(" ")[2]) for line in lines[4:6])
    assert (len(plain), len(timed)) == (4 + 64, 4 + 8 + 64)
    KEY.public_key().verify(plain[4:], b"\n".join(line.encode() for line in lines[:3]) + b"\n")
    assert int.from_bytes(timed[4:12], "big") == int(MOMENT.timestamp())


def test_a_signed_checkpoint_comes_back() -> None:
    assert verify_note(NOTE, verifier=VERIFIER) == CHECKPOINT


def test_the_published_verifier_key_is_read_and_written_alike() -> None:
    # The example key of Go's golang.org/x/mod/sumdb/note documentation.
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert str(Verifier.parse(text)) == text
    assert Verifier.parse(f"{VERIFIER}\n") == VERIFIER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2Qc=",
        "PeterNeumann+c74f20a3+not base64",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Verifier.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_logs_name_has_no_space_and_no_plus(name: str) -> None:
    with pytest.raises(NoteInvalid):
        Verifier(name=name, public_key=VERIFIER.public_key)


def test_signatures_of_others_are_ignored() -> None:
    witness = Ed25519PrivateKey.generate()
    line = f"— witness.example {base64.b64encode(b'wxyz' + witness.sign(b'x')).decode()}\n"
    text, signatures = NOTE.split("\n\n")
    assert verify_note(f"{text}\n\n{line}{signatures}", verifier=VERIFIER) == CHECKPOINT


def resign(text: str) -> str:
    """Whatever text, properly signed by the log's key."""
    liar = Checkpoint(origin="x", size=0, root=b"", signed_at=MOMENT)
    object.__setattr__(liar, "__class__", type("Liar", (Checkpoint,), {"text": text}))
    return sign_checkpoint(liar, verifier=VERIFIER, sign=KEY.sign)


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        ("", "cut off"),
        (NOTE.rstrip("\n"), "cut off"),
        (NOTE.split("\n\n")[0], "cut off"),
        (NOTE.replace("\n42\n", "\n43\n"), "signature is wrong"),
        (NOTE.replace("— ", "- "), "malformed"),
        (NOTE.replace(f"— {NAME}", "— other.example"), "not signed by the log's key"),
        ("\n".join(NOTE.split("\n")[:5]) + "\n", "not signed by the log's key"),
        (sign_checkpoint(CHECKPOINT, verifier=VERIFIER, sign=Ed25519PrivateKey.generate().sign), "signature is wrong"),
        (f"{NOTE}— {NAME} A===\n".replace("A===", "AAAAA"), "not base64"),
    ],
)
def test_a_note_that_is_not_the_logs_is_refused(note: str, problem: str) -> None:
    with pytest.raises(NoteInvalid, match=problem):
        verify_note(note, verifier=VERIFIER)


@pytest.mark.parametrize(
    "text",
    [
        f"{NAME}\n42\n",
        f"other\n42\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"{NAME}\n042\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"{NAME}\n-1\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"{NAME}\n42\n{base64.b64encode(b'r' * 31).decode()}\n",
        f"{NAME}\n42\nnot base64!\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        verify_note(resign(text), verifier=VERIFIER)


def test_an_extension_line_does_no_harm() -> None:
    assert verify_note(resign(CHECKPOINT.text + "extension\n"), verifier=VERIFIER) == CHECKPOINT


def test_the_signed_time_cannot_be_changed() -> None:
    lines = NOTE.split("\n")
    timed = bytearray(base64.b64decode(lines[5].split(" ")[2]))
    timed[11] ^= 1
    lines[5] = f"— {NAME} {base64.b64encode(bytes(timed)).decode()}"
    with pytest.raises(NoteInvalid, match="signature is wrong"):
        verify_note("\n".join(lines), verifier=VERIFIER)
