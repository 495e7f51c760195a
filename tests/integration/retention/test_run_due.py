from datetime import timedelta

import pytest

from apps.ledger import selectors as log
from apps.records import partitions
from apps.retention import selectors, services, tasks
from apps.retention.models import PurgeRun
from apps.retention.services import destruction, runs
from apps.retention.types import BucketState
from tests.factories.accounts import make_demo_actor
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def buckets(policy):
    """Three days: the first is late, the second due now, the third stays."""
    for n in range(3):
        store_reads(DAY + timedelta(days=n - 1), ["AAA111"])


def days_with_a_table():
    return [partition.day for partition in partitions.list_partitions(category=CATEGORY)]


def test_everything_due_goes_oldest_first_and_nothing_else(buckets):
    summary = services.run_due(now=NOW)
    assert [certificate.day for certificate in summary.certificates] == [DAY - timedelta(days=1), DAY]
    assert [certificate.document["punctuality"] for certificate in summary.certificates] == ["LATE", "ON_TIME"]
    assert days_with_a_table() == [DAY + timedelta(days=1)]
    assert services.run_due(now=NOW + timedelta(minutes=5)).certificates == ()


def test_the_calendar_and_the_overdue_count_follow(buckets):
    def states():
        [(rule, plans)] = selectors.get_calendar(now=NOW)
        assert rule.days == 30
        return [plan.state for plan in plans]

    assert states() == [BucketState.OVERDUE, BucketState.DUE, BucketState.OPEN]
    assert selectors.count_overdue(now=NOW) == 1
    services.run_due(now=NOW)
    assert states() == [BucketState.DESTROYED, BucketState.DESTROYED, BucketState.OPEN]
    assert selectors.count_overdue(now=NOW) == 0


def test_a_bucket_that_went_long_ago_is_a_certificate_and_no_longer_on_the_calendar(buckets):
    services.run_due(now=NOW)
    [(_, plans)] = selectors.get_calendar(now=NOW + timedelta(days=93))
    assert [plan.day for plan in plans] == [DAY + timedelta(days=1)]


def test_a_destruction_cut_short_counts_as_overdue_even_with_key_and_rows_gone(buckets, monkeypatch):
    monkeypatch.setattr(destruction.keys, "sign", fail)
    with pytest.raises(RuntimeError):
        services.run_due(now=NOW)
    assert days_with_a_table() == [DAY, DAY + timedelta(days=1)]
    assert selectors.count_overdue(now=NOW) == 1


def fail(**_):
    raise RuntimeError("no signing key")


def test_without_buckets_there_is_nothing_to_do(policy):
    assert selectors.get_calendar(now=NOW) == []
    assert services.run_due(now=NOW).certificates == ()


def test_idle_runs_share_a_row_and_runs_with_work_have_their_own(buckets):
    services.run_due(now=NOW)
    for minute in (5, 10, 15):
        services.run_due(now=NOW + timedelta(minutes=minute))
    assert list(PurgeRun.objects.order_by("id").values_list("due", "destroyed")) == [(2, 2), (0, 0)]
    assert selectors.get_last_run_at() == NOW + timedelta(minutes=15)


def refused(**values):
    with pytest.raises(services.PurgeRefused) as caught:
        services.run_due(**values)
    return caught.value.code


def test_a_clock_set_back_destroys_nothing_and_says_so_once(buckets):
    services.run_due(now=NOW - timedelta(days=1))
    assert days_with_a_table() == [DAY, DAY + timedelta(days=1)]
    back = NOW - timedelta(days=2)
    assert refused(now=back) == "CLOCK_SET_BACK"
    assert refused(now=back + timedelta(minutes=5)) == "CLOCK_SET_BACK"
    assert days_with_a_table() == [DAY, DAY + timedelta(days=1)]
    assert log.count_by_event(events=["PURGE_REFUSED"]) == {"PURGE_REFUSED": 1}
    assert selectors.get_last_run_at() == NOW - timedelta(days=1)
    assert len(services.run_due(now=NOW).certificates) == 1


def test_a_clock_that_jumped_destroys_nothing_until_a_person_confirms(buckets):
    services.run_due(now=NOW - timedelta(days=10))
    jumped = NOW + timedelta(days=365)
    assert refused(now=jumped) == "CLOCK_JUMPED"
    assert len(days_with_a_table()) == 3
    officer = make_demo_actor("PRIVACY_OFFICER").reference
    summary = services.run_due(now=NOW, actor=officer, reason="Back from repair", is_confirmed=True)
    assert [certificate.day for certificate in summary.certificates] == [DAY - timedelta(days=1), DAY]


def test_more_buckets_than_the_bound_wait_for_a_person(buckets, settings):
    settings.RTCC_RETENTION_MOST_BUCKETS = 1
    assert refused(now=NOW) == "TOO_MANY_BUCKETS"
    assert len(days_with_a_table()) == 3
    assert len(services.run_due(now=NOW, is_confirmed=True).certificates) == 2


def test_a_bucket_that_somebody_else_has_in_hand_is_left_to_them(buckets, monkeypatch):
    whole = runs.destroy_bucket

    def held(*, day, **values):
        if day == DAY:
            raise services.DestructionUnderWay("being destroyed")
        return whole(day=day, **values)

    monkeypatch.setattr(runs, "destroy_bucket", held)
    summary = services.run_due(now=NOW)
    assert len(summary.certificates) == 1
    assert summary.skipped == (f"PLATE_READ/{DAY}",)


def test_who_may_not_purge_runs_nothing(buckets):
    with pytest.raises(services.DestructionRefused):
        services.run_due(now=NOW, actor=make_demo_actor("SUPERVISOR").reference)
    assert len(days_with_a_table()) == 3


def test_the_task_makes_the_one_call_as_itself(buckets, monkeypatch):
    calls = []
    monkeypatch.setattr(services, "run_due", lambda **values: calls.append(values))
    tasks.run_due()
    [call] = calls
    assert call["actor"] == "system:retention"
    assert call["now"].tzinfo is not None


def test_certificates_are_listed_newest_first_in_pages(buckets):
    services.run_due(now=NOW)
    first = selectors.list_certificates(size=1)
    second = selectors.list_certificates(size=1, cursor=first.next_cursor)
    assert [row.day for row in first.rows + second.rows] == [DAY, DAY - timedelta(days=1)]
    assert second.next_cursor == ""


def test_a_category_that_is_kept_like_another_follows_its_period(policy):
    assert selectors.get_retention_rule(category="INGEST_REJECT", now=NOW).days == 30
    assert selectors.get_retention_rule(category="CALL_FOR_SERVICE", now=NOW).days == 365
