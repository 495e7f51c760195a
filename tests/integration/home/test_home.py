"""Each role's home page says what awaits it, and nothing that its permissions do not open."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.access import services as access
from apps.access.services import QueryRefused
from apps.accounts.roles import ROLES
from apps.core import clock
from apps.ledger import services as ledger
from tests.factories.access import Found, make_case, make_request
from tests.factories.accounts import sign_in
from tests.factories.policy import put_dc_policy_in_force

TITLES = {
    "ANALYST": ["Look a plate up", "Policy in force"],
    "SUPERVISOR": ["Look a plate up", "Holds that keep reads for a case", "Policy in force"],
    "PRIVACY_OFFICER": [
        "Days of data to destroy",
        "Requests decided in seven days",
        "Permitted requests without an outcome",
        "Reports to the council",
        "Access log",
        "Policy in force",
    ],
    "AUDITOR": [
        "Requests decided in seven days",
        "Permitted requests without an outcome",
        "Reports to the council",
        "Access log",
        "Policy in force",
    ],
    "COUNCIL": ["Reports to the council", "Access log", "Policy in force"],
    "ADMINISTRATOR": ["Rejected rows that wait", "Registered sources", "Policy in force"],
    "INGESTOR": ["Rejected rows that wait", "Registered sources", "Policy in force"],
}

# The calendar asks several questions of each category.
MOST_QUERIES = {"PRIVACY_OFFICER": 60}


@pytest.fixture
def policy(db: None) -> None:
    put_dc_policy_in_force(now=clock.now())
    make_case()


@pytest.fixture
def accesses(policy: None) -> None:
    """One permitted look-up of three reads, and one that was refused on two grounds."""
    access.run_query(request=make_request(), search=lambda grant: Found([1, 2, 3]))
    with pytest.raises(QueryRefused):
        access.run_query(request=make_request(reason="", case_number="00000001"), search=lambda grant: Found([]))


def get_tasks(client: Client) -> dict[str, object]:
    return {task.title: task for task in client.get("/").context["tasks"]}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_finds_its_own_tasks(
    client: Client, accesses: None, role: str, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    sign_in(client, role)
    with django_assert_max_num_queries(MOST_QUERIES.get(role, 30)):
        response = client.get("/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert [task.title for task in response.context["tasks"]] == TITLES[role]
    shown = {
        name for name in ("accesses", "refused", "refusals", "runs", "reports") if response.context[name] is not None
    }
    permissions = ROLES[role].permissions
    assert ("accesses" in shown, "refused" in shown) == ("lookup_plates" in permissions,) * 2
    assert ("refusals" in shown) == ("read_trail" in permissions)
    assert ("runs" in shown) == ("import_files" in permissions)
    assert ("reports" in shown) == ("read_report" in permissions)
    assert "GX7Q41" not in response.content.decode()


def test_an_analyst_sees_their_accesses_and_which_were_refused(client: Client, accesses: None) -> None:
    sign_in(client, "ANALYST")
    response = client.get("/")
    assert [row.outcome for row in response.context["accesses"]] == ["REFUSED", "PERMITTED"]
    assert [row.refusal_codes for row in response.context["refused"]] == [("REASON_MISSING", "CASE_UNKNOWN")]


def test_somebody_elses_accesses_are_not_theirs(client: Client, accesses: None) -> None:
    sign_in(client, "SUPERVISOR")
    response = client.get("/")
    assert (response.context["accesses"], response.context["refused"]) == ([], [])


def test_grounds_are_counted_from_the_log_for_seven_days(client: Client, accesses: None) -> None:
    sign_in(client, "PRIVACY_OFFICER")
    assert dict(client.get("/").context["refusals"]) == {"REASON_MISSING": 1, "CASE_UNKNOWN": 1}
    assert get_tasks(client)["Requests decided in seven days"].sentence.startswith("1 permitted, 1 refused")  # type: ignore[attr-defined]
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        sign_in(client, "PRIVACY_OFFICER")
        assert client.get("/").context["refusals"] == []


def test_an_unsealed_log_calls_for_somebody(client: Client, policy: None) -> None:
    sign_in(client, "AUDITOR")
    assert get_tasks(client)["Access log"].tone == "act"  # type: ignore[attr-defined]
    ledger.seal_pending()
    task = get_tasks(client)["Access log"]
    assert task.tone == "calm"  # type: ignore[attr-defined]
    assert "Sealed less than a minute ago" in task.sentence  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_page_opens_without_a_policy(client: Client, db: None, role: str) -> None:
    sign_in(client, role)
    tasks = get_tasks(client)
    assert tasks["Policy in force"].tone == "act"  # type: ignore[attr-defined]
    assert "Days of data to destroy" not in tasks
