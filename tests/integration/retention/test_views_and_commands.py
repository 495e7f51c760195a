import json
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.urls import reverse

from apps.ledger import selectors as log
from apps.records import partitions
from apps.retention import services, views
from tests.factories.accounts import make_demo_actor, sign_in
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY, NOW

pytestmark = pytest.mark.django_db
READERS = ("SUPERVISOR", "PRIVACY_OFFICER", "AUDITOR", "COUNCIL", "ADMINISTRATOR")
OTHERS = ("ANALYST", "INGESTOR")


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def buckets(policy):
    for n in range(3):
        store_reads(DAY + timedelta(days=n - 1), ["AAA111", "BBB222"])


@pytest.fixture
def certificate(buckets):
    return services.destroy_bucket(
        category=CATEGORY, day=DAY - timedelta(days=1), actor="system:retention", reason="Period over", now=NOW
    )


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
        reverse("retention:calendar"),
        reverse("retention:certificates"),
        reverse("retention:certificate", kwargs={"reference": reference}),
        reverse("retention:certificate-json", kwargs={"reference": reference}),
    ]


@pytest.mark.parametrize("role", READERS)
def test_those_who_watch_retention_see_every_page(client, role, certificate, shown):
    sign_in(client, role)
    responses = [client.get(address) for address in addresses(certificate.reference)]
    assert [response.status_code for response in responses] == [200] * 4
    assert all("no-store" in response["Cache-Control"] for response in responses)
    assert [template for template, _ in shown] == [
        "retention/calendar.html",
        "retention/certificates.html",
        "retention/certificate.html",
    ]


@pytest.mark.parametrize("role", OTHERS)
def test_others_get_nothing_and_the_refusal_is_in_the_ledger(client, role, certificate):
    sign_in(client, role)
    for address in addresses(certificate.reference):
        response = client.get(address, headers={"Accept": "application/json"})
        assert response.status_code == 403
    assert log.count_by_event(events=["PERMISSION_REFUSED"]) == {"PERMISSION_REFUSED": 4}


def test_who_is_not_signed_in_is_sent_to_sign_in(client, certificate):
    assert [client.get(address).status_code for address in addresses(certificate.reference)] == [302] * 4


def test_the_calendar_is_given_counts_and_days(client, certificate, shown):
    sign_in(client, "PRIVACY_OFFICER")
    client.get(reverse("retention:calendar"))
    [(_, context)] = shown
    assert context["totals"] == {"open": 1, "due": 1, "overdue": 0, "destroyed": 1}
    [category] = context["categories"]
    assert (category["code"], category["retention_days"]) == (CATEGORY, 30)
    assert [(bucket["state"], bucket["rows"], bucket["certificate"]) for bucket in category["buckets"]] == [
        ("DESTROYED", 2, certificate.reference),
        ("DUE", 2, ""),
        ("OPEN", 2, ""),
    ]


def test_a_fragment_of_the_list_is_given_to_htmx(client, certificate, shown):
    sign_in(client, "AUDITOR")
    client.get(reverse("retention:certificates"), headers={"HX-Request": "true"})
    [(template, context)] = shown
    assert template == "retention/_certificates.html"
    assert [row["rows"] for row in context["rows"]] == [2]


def test_a_certificates_page_says_whether_it_verifies(client, certificate, shown):
    sign_in(client, "COUNCIL")
    client.get(addresses(certificate.reference)[2])
    [(_, context)] = shown
    assert context["verdict"] == {"is_good": True, "problem": ""}
    assert context["daily_rows"] == {7: 2}
    assert context["certificate"]["punctuality"] == "LATE"


def bucket_address(day, name="bucket"):
    return reverse(f"retention:{name}", args=[CATEGORY, day.isoformat()])


@pytest.fixture
def queued(monkeypatch):
    """What was queued, without a worker."""
    calls = []
    monkeypatch.setattr(views.tasks.resume_destruction, "apply_async", lambda kwargs: calls.append(kwargs))
    return calls


def test_a_due_day_is_destroyed_from_its_page_by_a_worker(client, buckets, queued):
    actor = sign_in(client, "PRIVACY_OFFICER")
    assert "Why it is destroyed now" in client.get(bucket_address(DAY)).content.decode()
    response = client.post(bucket_address(DAY, "destroy"), {"reason": "The purge was down"})
    assert (response.status_code, response["Location"]) == (302, bucket_address(DAY))
    fragment = client.get(bucket_address(DAY), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" in fragment
    views.tasks.resume_destruction(**queued[0])
    views.tasks.resume_destruction(**queued[0])
    certified = services.destroy_bucket(category=CATEGORY, day=DAY, actor="system:retention", reason="", now=NOW)
    assert certified.document["actor"] == actor.reference
    fragment = client.get(bucket_address(DAY), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in fragment
    assert certified.reference in fragment


def test_destroying_from_a_page_needs_a_reason(client, buckets, queued):
    sign_in(client, "PRIVACY_OFFICER")
    response = client.post(bucket_address(DAY, "destroy"), {"reason": " "})
    assert response.status_code == 422
    assert "Say why it is done now." in response.content.decode()
    assert not queued


@pytest.mark.parametrize("role", ["SUPERVISOR", "AUDITOR", "COUNCIL", "ADMINISTRATOR"])
def test_who_may_only_watch_is_offered_and_allowed_no_destruction(client, role, buckets, queued):
    sign_in(client, role)
    assert "csrfmiddlewaretoken" not in client.get(bucket_address(DAY)).content.decode().split("<main")[1]
    assert client.post(bucket_address(DAY, "destroy"), {"reason": "No"}).status_code == 403
    assert not queued
    assert log.count_by_event(events=["PERMISSION_REFUSED"]) == {"PERMISSION_REFUSED": 1}


def test_a_day_that_is_not_due_is_refused_and_offers_no_form(client, buckets, queued):
    sign_in(client, "PRIVACY_OFFICER")
    later = DAY + timedelta(days=1)
    assert "Nobody may destroy it" in client.get(bucket_address(later)).content.decode()
    assert client.post(bucket_address(later, "destroy"), {"reason": "No"}).status_code == 403
    assert not queued


@pytest.mark.parametrize("day", ["2020-01-01", "nonsense"])
def test_a_day_without_data_is_not_found(client, buckets, day):
    sign_in(client, "AUDITOR")
    assert client.get(reverse("retention:bucket", args=[CATEGORY, day])).status_code == 404


def test_only_one_begins_a_destruction(client, buckets, queued, monkeypatch):
    @contextmanager
    def taken(name):
        yield False

    monkeypatch.setattr(services.destruction, "session_lock", taken)
    sign_in(client, "PRIVACY_OFFICER")
    assert client.post(bucket_address(DAY, "destroy"), {"reason": "Twice"}).status_code == 409
    assert not queued


def test_the_pages_show_states_in_words_and_the_certificates_check(client, certificate):
    sign_in(client, "COUNCIL")
    calendar, certificates, page, _ = (
        client.get(address).content.decode() for address in addresses(certificate.reference)
    )
    for state in ("Open", "Due", "Destroyed"):
        assert f'<span class="usa-sr-only">{state}</span>' in calendar
    assert certificate.reference in certificates
    assert "Verified just now" in page


def test_the_downloaded_file_is_checked_by_the_command(client, certificate, tmp_path):
    sign_in(client, "COUNCIL")
    path = tmp_path / "certificate.json"
    path.write_bytes(client.get(addresses(certificate.reference)[3]).content)
    out = StringIO()
    call_command("retention_verify_certificate", path, stdout=out)
    assert out.getvalue().startswith("good: PLATE_READ of 2026-09-30, 2 rows destroyed")
    package = json.loads(path.read_bytes())
    package["document"]["rows"]["destroyed"] = 1
    path.write_text(json.dumps(package))
    with pytest.raises(CommandError, match="signature"):
        call_command("retention_verify_certificate", path)
    path.write_text("{}")
    with pytest.raises(CommandError, match="not a destruction certificate"):
        call_command("retention_verify_certificate", path)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("retention_verify_certificate", tmp_path / "none.json")


def run(**options):
    out = StringIO()
    call_command("retention_destroy_due", stdout=out, **options)
    return out.getvalue()


def days_with_a_table():
    return len(partitions.list_partitions(category=CATEGORY))


def test_the_command_shows_and_changes_nothing_by_default(buckets):
    said = run()
    assert "overdue  PLATE_READ 2026-09-30 due 2026-10-30 00:00 UTC · 2 rows (source 1: 2)" in said
    assert "2 buckets are due. Nothing was changed" in said
    assert days_with_a_table() == 3


@pytest.mark.parametrize("options", [{"actor": "P-0001"}, {"reason": "x"}, {"actor": "P-0001", "reason": " "}])
def test_destroying_by_hand_needs_an_actor_and_a_reason(buckets, options):
    with pytest.raises(CommandError, match="needs --actor and --reason"):
        run(commit=True, **options)
    assert days_with_a_table() == 3


def test_the_command_destroys_what_is_due(buckets):
    said = run(commit=True, actor=make_demo_actor("PRIVACY_OFFICER").reference, reason="Purge was down")
    assert "destroyed PLATE_READ 2026-09-30: 2 rows" in said
    assert "2 buckets destroyed" in said
    assert days_with_a_table() == 1


def test_the_command_says_why_it_refuses(buckets, settings):
    settings.RTCC_RETENTION_MOST_BUCKETS = 1
    with pytest.raises(CommandError, match="2 buckets are due at once"):
        run(commit=True, actor="system:operator", reason="test")
    assert "2 buckets destroyed" in run(commit=True, confirm=True, actor="system:operator", reason="test")


def test_the_command_tells_of_skipped_buckets_and_released_holds(buckets, monkeypatch):
    summary = services.run_due(now=NOW, is_confirmed=True)
    told = type(summary)(reference="", certificates=(), skipped=("PLATE_READ/x",), released_cases=("26-1",))
    monkeypatch.setattr(services, "run_due", lambda **_: told)
    said = run(commit=True, actor="system:operator", reason="test")
    assert "skipped PLATE_READ/x" in said
    assert "released the hold of case 26-1" in said
