"""Every address of the site stands here with who may open it; others are refused, the signed-out sent to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from apps.ledger.sealing import seal_pending
from tests.factories.accounts import sign_in
from tests.factories.policy import put_dc_policy_in_force

pytestmark = pytest.mark.django_db

ROLES = ("ANALYST", "SUPERVISOR", "PRIVACY_OFFICER", "AUDITOR", "COUNCIL", "ADMINISTRATOR", "INGESTOR")
EVERYBODY = frozenset(ROLES)
NOTHING_THERE = "00000000-0000-4000-8000-000000000000"
READS_REPORTS = frozenset({"PRIVACY_OFFICER", "AUDITOR", "COUNCIL"})
READS_RETENTION = frozenset({"SUPERVISOR", "PRIVACY_OFFICER", "AUDITOR", "COUNCIL", "ADMINISTRATOR"})
READS_FEEDS = frozenset({"SUPERVISOR", "PRIVACY_OFFICER", "AUDITOR", "ADMINISTRATOR", "INGESTOR"})
IMPORTS = frozenset({"ADMINISTRATOR", "INGESTOR"})

# Open to all, signed in or not.
PUBLIC = {
    "healthz",
    "readyz",
    "accounts:sign-in",
    "accounts:demo-sign-in",
    "ledger:checkpoint",
    "ledger:verifier",
    "ledger:tile",
}
# Name → address, method, who may. Whoever may gets anything but 403; nothing is there under the made-up references.
TABLE: dict[str, tuple[str, str, frozenset[str]]] = {
    "home": ("/", "get", EVERYBODY),
    "accounts:sign-out": ("/sign-out/", "post", EVERYBODY),
    "access:mine": ("/accesses/mine/", "get", EVERYBODY),
    "lookups:plate": ("/lookups/plate/", "get", frozenset({"ANALYST", "SUPERVISOR"})),
    "policy:in-force": ("/policy/", "get", EVERYBODY),
    "ingestion:sources": ("/ingestion/", "get", READS_FEEDS),
    "ingestion:approve": ("/ingestion/sources/none/approve/", "post", IMPORTS),
    "ingestion:upload": ("/ingestion/upload/", "get", IMPORTS),
    "ingestion:import": (f"/ingestion/imports/{NOTHING_THERE}/", "get", READS_FEEDS),
    "ingestion:rejected": ("/ingestion/rejected/", "get", READS_FEEDS),
    "ingestion:retry": ("/ingestion/rejected/retry/", "post", IMPORTS),
    "ingestion:rejected-row": (f"/ingestion/rejected/{NOTHING_THERE}/", "get", IMPORTS),
    "retention:calendar": ("/retention/", "get", READS_RETENTION),
    "retention:bucket": ("/retention/buckets/PLATE_READ/2020-01-01/", "get", READS_RETENTION),
    "retention:destroy": ("/retention/buckets/PLATE_READ/2020-01-01/destroy/", "post", frozenset({"PRIVACY_OFFICER"})),
    "retention:certificates": ("/retention/certificates/", "get", READS_RETENTION),
    "retention:certificate": (f"/retention/certificates/{NOTHING_THERE}/", "get", READS_RETENTION),
    "retention:certificate-json": (f"/retention/certificates/{NOTHING_THERE}.json", "get", READS_RETENTION),
    "audit:trail": ("/audit/trail/", "get", frozenset({"PRIVACY_OFFICER", "AUDITOR"})),
    "ordinance:report": ("/reports/access/", "get", READS_REPORTS),
    "ordinance:build": ("/reports/access/build/", "post", READS_REPORTS),
    "ordinance:report-detail": (f"/reports/access/{NOTHING_THERE}/", "get", READS_REPORTS),
    "ordinance:report-pdf": (f"/reports/access/{NOTHING_THERE}.pdf", "get", READS_REPORTS),
    "ordinance:report-json": (f"/reports/access/{NOTHING_THERE}.json", "get", READS_REPORTS),
    # One's own entries are everybody's; another's is not found rather than refused.
    "audit:entry": (f"/audit/entries/{NOTHING_THERE}/", "get", EVERYBODY),
}


def list_names(resolver: Any, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from list_names(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}"


@pytest.fixture
def policy() -> None:
    put_dc_policy_in_force(now=datetime.now(UTC))
    seal_pending()


def test_every_address_is_in_the_table() -> None:
    assert set(list_names(get_resolver())) == set(TABLE) | PUBLIC


@pytest.mark.parametrize("name", TABLE)
def test_the_signed_out_are_sent_to_sign_in(name: str, client: Client, policy: None) -> None:
    address, method, _ = TABLE[name]
    response = getattr(client, method)(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_is_its_own_and_is_refused_the_rest(role: str, client: Client, policy: None) -> None:
    sign_in(client, role)
    found = {}
    for name, (address, method, _) in TABLE.items():
        if name != "accounts:sign-out":
            found[name] = getattr(client, method)(address).status_code
    wrong = {
        name: status for name, status in found.items() if (status == 403) == (role in TABLE[name][2]) or status >= 500
    }
    assert wrong == {}
