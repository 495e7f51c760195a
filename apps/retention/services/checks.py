"""How is a certificate handed out, and how is one checked that came back?"""

from __future__ import annotations

from typing import Any

from apps.core.errors import InvalidInput
from apps.ledger import selectors as ledger
from apps.ledger.note import NoteInvalid, Verifier
from apps.retention import certificate as certificates
from apps.retention import tallies
from apps.retention.certificate import Verdict
from apps.retention.types import CertificateView


class CertificateUnreadable(InvalidInput):
    code = "CERTIFICATE_UNREADABLE"


def check_certificate(*, certificate: CertificateView) -> Verdict:
    """Verify a certificate of ours against its signature and the leaves that the database holds."""
    return certificates.verify_certificate(
        canonical=certificate.canonical,
        note=certificate.note,
        verifier=ledger.get_verifier(),
        chunks=tallies.list_chunks(category=certificate.category, day=certificate.day),
    )


def package_certificate(*, certificate: CertificateView) -> dict[str, Any]:
    """The certificate as one JSON object, with its leaves, to be checked without this site."""
    return certificates.pack(
        canonical=certificate.canonical,
        note=certificate.note,
        verifier=ledger.get_verifier(),
        chunks=tallies.list_chunks(category=certificate.category, day=certificate.day),
    )


def check_package(*, content: bytes, public_key: str = "") -> Verdict:
    """Verify a packed certificate.

    :param public_key: hex of the key to trust; without it, this installation's own, never the file's
    :raises CertificateUnreadable: if the file is no packed certificate or the key no Ed25519 key
    """
    try:
        canonical, note, named, chunks = certificates.unpack(content)
        trusted = (
            Verifier(name=named.name, public_key=bytes.fromhex(public_key)) if public_key else ledger.get_verifier()
        )
    except (ValueError, NoteInvalid) as error:
        raise CertificateUnreadable(
            "The file is not a destruction certificate, or the key is not 32 bytes in hex.",
            remedy="Download the certificate again from its page.",
        ) from error
    return certificates.verify_certificate(canonical=canonical, note=note, verifier=trusted, chunks=chunks)
