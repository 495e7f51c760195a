"""The policy in force, as everybody with a role may read it."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts import services
from apps.accounts.roles import ROLES
from apps.core import clock
from tests.factories.accounts import get_demo_person, sign_in
from tests.factories.policy import put_dc_policy_in_force

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", list(ROLES))
def test_every_role_reads_the_policy_in_force(client: Client, role: str) -> None:
    version = put_dc_policy_in_force(now=clock.now())
    sign_in(client, role)
    response = client.get("/policy/")
    assert response.status_code == 200
    assert response.context["policy"]["version"] == version.number
    assert response.context["policy"]["digest"] == version.digest


def test_who_has_no_role_any_more_is_refused(client: Client) -> None:
    put_dc_policy_in_force(now=clock.now())
    sign_in(client, "ANALYST")
    services.end_role(actor="system:review", person=get_demo_person("ANALYST"), role="ANALYST")
    assert client.get("/policy/").status_code == 403


def test_without_a_policy_in_force_the_page_says_so(client: Client) -> None:
    sign_in(client, "ANALYST")
    response = client.get("/policy/", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (503, "NO_POLICY_IN_FORCE")


def test_the_page_takes_few_queries(client: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    put_dc_policy_in_force(now=clock.now())
    sign_in(client, "ANALYST")
    client.get("/policy/")
    with django_assert_max_num_queries(9):
        client.get("/policy/")
