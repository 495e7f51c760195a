import json
from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.urls import reverse

from apps.core.types import Window
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ordinance import services, views
from tests.factories.accounts import make_demo_actor, sign_in

pytestmark = pytest.mark.django_db
READERS = ("COUNCIL", "PRIVACY_OFFICER", "AUDITOR")
OTHERS = ("ANALYST", "SUPERVISOR", "ADMINISTRATOR", "INGESTOR")
WINDOW = Window(start=datetime(2026, 10, 1, tzinfo=UTC), end=datetime(2026, 11, 1, tzinfo=UTC))
FOREIGN_ENTRY = {"event": "QUERY_DECIDED", "actor": "P-9999", "recorded_at": WINDOW.start, "details": {}}


@pytest.fixture
def report():
    actor = make_demo_actor("PRIVACY_OFFICER")
    ledger.seal_pending()
    return services.build_access_report(window=WINDOW, actor=actor)


@pytest.fixture
def shown(monkeypatch):
    """What a page was given, without its template."""
    pages = []

    def keep(request, template, context, status=200):
        pages.append((template, context))
        return HttpResponse(status=status)

    monkeypatch.setattr(views, "render", keep)
    return pages


def addresses(reference):
    return [
        reverse("ordinance:report"),
        *(reverse(f"ordinance:report-{kind}", kwargs={"reference": reference}) for kind in ("detail", "pdf", "json")),
    ]


@pytest.mark.parametrize("role", READERS)
def test_those_who_receive_reports_read_and_download_them(client, role, report, shown):
    sign_in(client, role)
    responses = [client.get(address) for address in addresses(report.reference)]
    assert [response.status_code for response in responses] == [200] * 4
    assert responses[2].content == report.pdf
    assert responses[2]["Content-Type"] == "application/pdf"
    assert responses[3].content == report.canonical
    assert all("no-store" in response["Cache-Control"] for response in responses)


@pytest.mark.parametrize("role", OTHERS)
def test_others_get_nothing_and_the_refusal_is_in_the_ledger(client, role, report):
    sign_in(client, role)
    for address in addresses(report.reference):
        response = client.get(address, headers={"Accept": "application/json"})
        assert response.status_code == 403
        assert report.reference not in response.content.decode()
    assert log.count_by_event(events=["PERMISSION_REFUSED"]) == {"PERMISSION_REFUSED": 4}


def test_who_is_not_signed_in_is_sent_to_sign_in(client, report):
    for address in addresses(report.reference):
        assert client.get(address).status_code == 302


def test_the_council_builds_a_report_and_is_led_to_it(client, report):
    actor = sign_in(client, "COUNCIL")
    response = client.post(reverse("ordinance:build"), {"period": "last-month"})
    assert response.status_code == 302
    built = client.get(response["Location"].rstrip("/") + ".json")
    assert json.loads(built.content)["built_by"] == actor.reference


def test_an_analyst_builds_nothing(client, report):
    sign_in(client, "ANALYST")
    response = client.post(reverse("ordinance:build"), {"period": "this-month"}, headers={"Accept": "application/json"})
    assert response.status_code == 403


def test_a_period_that_is_not_offered_is_said_beside_the_form(client, report, shown):
    sign_in(client, "COUNCIL")
    assert client.post(reverse("ordinance:build"), {"period": "for-ever"}).status_code == 422
    assert shown[0][1]["error"] == "Choose one of the periods."


def test_the_list_and_the_page_are_given_plain_values(client, report, shown):
    sign_in(client, "COUNCIL")
    client.get(reverse("ordinance:report"))
    client.get(reverse("ordinance:report-detail", kwargs={"reference": report.reference}))
    (list_template, listed), (detail_template, detail) = shown
    assert (list_template, detail_template) == ("ordinance/report.html", "ordinance/report_detail.html")
    assert [row["reference"] for row in listed["reports"]] == [report.reference]
    assert detail["report"]["digest"] == report.digest
    assert [group["name"] for group in detail["groups"]] == [
        "lookups_by_purpose",
        "refusals_by_reason",
        "purges_by_punctuality",
    ]
    assert len(detail["totals"]) == 6


def test_the_list_costs_the_same_queries_whatever_its_length(client, report, shown, django_assert_max_num_queries):
    sign_in(client, "COUNCIL")
    with django_assert_max_num_queries(8):
        client.get(reverse("ordinance:report"))


def test_every_figure_is_derived_again_on_demand(client, report, shown, monkeypatch):
    sign_in(client, "COUNCIL")
    address = reverse("ordinance:report-detail", kwargs={"reference": report.reference})
    client.get(address)
    client.get(address, {"check": "now"})
    monkeypatch.setattr(services.selectors, "iterate_sealed", lambda **_: [FOREIGN_ENTRY])
    client.get(address, {"check": "now"})
    (_, read), (_, good), (_, bad) = shown
    assert read["checked_at"] is None
    assert good["checked_at"] is not None
    assert good["is_good"]
    assert not bad["is_good"]
    assert [figure["name"] for figure in bad["totals"] if figure["is_differing"]] == ["people"]


def test_the_pages_show_queries_and_marks(client, report):
    sign_in(client, "COUNCIL")
    assert "Choose a period" not in client.get(reverse("ordinance:report")).content.decode()
    address = reverse("ordinance:report-detail", kwargs={"reference": report.reference})
    page = client.get(address, {"check": "now"}).content.decode()
    assert page.count("derived again just now") == 9
    assert "different people of QUERY_DECIDED" in page
