import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from apps.keys import selectors as key_list
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import selectors as log
from apps.records import partitions
from apps.records.partitions import DayDestroyed
from apps.retention import selectors, services
from apps.retention.models import BucketChunk, Certificate, DailyAggregate, Destruction, Hold, PurgeRun
from apps.retention.services import destruction
from apps.retention.types import BucketState, Step
from tests.factories.accounts import make_demo_actor
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY, NOW

pytestmark = pytest.mark.django_db
SCOPE = KeyScope(category=CATEGORY, label=DAY.isoformat())


def destroy(**changes):
    values = {"category": CATEGORY, "day": DAY, "actor": "system:retention", "reason": "Period over", "now": NOW}
    return services.destroy_bucket(**(values | changes))


def days_with_a_table():
    return [partition.day for partition in partitions.list_partitions(category=CATEGORY)]


@pytest.fixture
def bucket(policy, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        store_reads(DAY, ["AAA111", "BBB222"], source_id=1, device_id=7)
        store_reads(DAY, ["CCC333"], source_id=2, device_id=None)
        store_reads(DAY + timedelta(days=1), ["AAA111"])


def test_the_plan_tells_what_would_go_and_changes_nothing(bucket):
    [plan] = services.plan_destruction(category=CATEGORY, now=NOW)
    assert (plan.day, plan.state, plan.step) == (DAY, BucketState.DUE, None)
    assert (plan.rows, plan.rows_by_source) == (3, {"1": 2, "2": 1})
    assert plan.size_bytes > 0
    assert plan.key_id == str(keys.get_keys(scope=SCOPE).key_id)
    assert plan.preserved_rows == 0
    assert plan.rule.days == 30
    assert services.plan_destruction(category=CATEGORY, now=NOW) == [plan]
    assert not Destruction.objects.exists()


def test_the_bucket_goes_whole_and_its_neighbour_stays(bucket):
    destroy()
    assert days_with_a_table() == [DAY + timedelta(days=1)]
    assert [scope.label for scope in key_list.list_live_scopes(category=CATEGORY)] == ["2026-10-02"]
    with pytest.raises(keys.KeyDestroyed):
        keys.get_keys(scope=SCOPE)


def test_the_certificate_says_what_went_by_which_rule_and_verifies(bucket):
    key_id = str(keys.get_keys(scope=SCOPE).key_id)
    certificate = destroy()
    document = certificate.document
    assert document["rows"] == {"destroyed": 3, "by_source": {"1": 2, "2": 1}, "bytes": document["rows"]["bytes"]}
    assert document["key"] == {"key_id": key_id, "destroyed_at": NOW.isoformat()}
    assert document["rule"]["retention_days"] == 30
    assert document["rule"]["policy_version"] == 1
    assert document["commitment"]["leaves"] == 2
    assert document["partition"]["name"] == "records_plateread_20261001"
    assert document["punctuality"] == "ON_TIME"
    assert document["preserved"] == []
    verdict = services.check_certificate(certificate=certificate)
    assert verdict.is_good, verdict.problem


def test_the_reason_is_in_no_certificate_and_no_entry(bucket):
    certificate = destroy(reason="Asked by John Example")
    entries = [entry.canonical for entry in log.iterate_entries()]
    assert not any(b"Example" in text for text in [certificate.canonical, *entries])


def test_beginning_and_end_are_in_the_ledger_in_order(bucket):
    certificate = destroy()
    entries = [entry for entry in log.iterate_entries() if entry.event.startswith("BUCKET_")]
    assert [entry.event for entry in entries] == ["BUCKET_DESTRUCTION_STARTED", "BUCKET_DESTROYED"]
    assert entries[1].reference == certificate.ledger_reference
    assert entries[1].details["rows"] == 3
    assert entries[1].details["certificate_digest"] == certificate.digest
    assert entries[1].details["punctuality"] == "ON_TIME"
    assert entries[0].details["reason"] == certificate.document["reason_commitment"]


def test_a_second_call_returns_the_same_certificate_and_writes_nothing(bucket):
    first = destroy()
    count = len(list(log.iterate_entries()))
    assert destroy(now=NOW + timedelta(days=3), reason="again") == first
    assert len(list(log.iterate_entries())) == count


def test_rows_by_device_outlive_the_rows_and_the_chunks_forget_them(bucket):
    destroy()
    assert selectors.get_daily_rows(category=CATEGORY, day=DAY) == {0: 1, 7: 2}
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT device_ids FROM retention_bucketchunk WHERE day = %s", [DAY])
        assert cursor.fetchall() == [([],)]


def test_nothing_of_a_destroyed_day_is_stored_again(bucket):
    destroy()
    with pytest.raises(DayDestroyed):
        store_reads(DAY, ["ZZZ999"])
    assert days_with_a_table() == [DAY + timedelta(days=1)]


@pytest.mark.parametrize("seconds_early", [1, 86_400])
def test_a_bucket_that_is_not_due_stays(bucket, seconds_early):
    with pytest.raises(services.DestructionRefused) as refused:
        destroy(now=datetime(2026, 10, 31, tzinfo=UTC) - timedelta(seconds=seconds_early))
    assert refused.value.code == "BUCKET_NOT_DUE"
    assert DAY in days_with_a_table()
    assert keys.get_keys(scope=SCOPE)
    assert not Destruction.objects.exists()


def test_a_late_destruction_says_so(bucket):
    certificate = destroy(now=NOW + timedelta(days=1))
    assert certificate.document["punctuality"] == "LATE"


def test_without_a_policy_nothing_is_destroyed(db):
    store_reads(DAY, ["AAA111"])
    with pytest.raises(Exception, match="No policy is in force"):
        destroy()
    assert DAY in days_with_a_table()


def test_a_person_needs_the_permission_to_purge(bucket):
    with pytest.raises(services.DestructionRefused) as refused:
        destroy(actor=make_demo_actor("ANALYST").reference)
    assert refused.value.code == "ROLE_NOT_PERMITTED"
    assert DAY in days_with_a_table()
    officer = make_demo_actor("PRIVACY_OFFICER").reference
    assert destroy(actor=officer).document["actor"] == officer


def test_a_reason_is_needed(bucket):
    with pytest.raises(destruction.ReasonMissing):
        destroy(reason="  ")


def test_a_day_that_never_was_is_not_found(policy):
    with pytest.raises(services.BucketNotFound):
        destroy()


def test_an_empty_day_goes_too_and_gets_a_tombstone(policy):
    partitions.make_partition(category=CATEGORY, day=DAY)
    certificate = destroy()
    assert certificate.document["rows"]["destroyed"] == 0
    assert certificate.document["commitment"]["leaves"] == 0
    assert services.check_certificate(certificate=certificate).is_good
    with pytest.raises(DayDestroyed):
        store_reads(DAY, ["ZZZ999"])


def test_a_category_with_keys_and_no_partitions_loses_its_key(policy):
    scope = KeyScope(category="INGEST_REJECT", label=DAY.isoformat())
    keys.get_or_create_keys(scope=scope)
    certificate = destroy(category="INGEST_REJECT")
    assert certificate.document["partition"]["name"] == ""
    assert certificate.document["rows"] == {"destroyed": 0, "by_source": {}, "bytes": 0}
    with pytest.raises(keys.KeyDestroyed):
        keys.get_keys(scope=scope)


class Killed(BaseException):
    """Ends the act as a kill would: no handler of ours may catch it."""


def kill(*args, **kwargs):
    raise Killed


BREAKS = {
    "before anything": (destruction.ledger, "append", None),
    "before the key is destroyed": (destruction.keys, "destroy_key", Step.PLANNED),
    "before the partition is dropped": (destruction.partitions, "drop_partition", Step.KEY_DESTROYED),
    "after the partition is dropped": (destruction.tallies, "forget_devices", Step.KEY_DESTROYED),
    "before the certificate is signed": (destruction.keys, "sign", Step.PARTITION_DROPPED),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_destruction_that_was_cut_short_is_gone_on_with(bucket, monkeypatch, name):
    module, function, step = BREAKS[name]
    with monkeypatch.context() as patch:
        patch.setattr(module, function, kill)
        with pytest.raises(Killed):
            destroy()
    found = Destruction.objects.first()
    assert (found.step if found else None) == step
    assert not Certificate.objects.exists()
    certificate = destroy(now=NOW + timedelta(hours=1))
    assert certificate.document["rows"]["destroyed"] == 3
    assert services.check_certificate(certificate=certificate).is_good
    assert days_with_a_table() == [DAY + timedelta(days=1)]
    assert log.count_by_event(events=["BUCKET_DESTRUCTION_STARTED", "BUCKET_DESTROYED"]) == {
        "BUCKET_DESTROYED": 1,
        "BUCKET_DESTRUCTION_STARTED": 1,
    }


def test_a_kill_between_the_key_file_and_its_commit_heals(bucket, monkeypatch):
    """The file is gone and the database does not know: the next call finds the tombstone."""
    destroyed = keys.destroy_key(scope=SCOPE, actor="system:retention", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE keys_datakey SET destroyed_at = NULL, destroyed_by = '' WHERE label = %s", [str(DAY)])
    certificate = destroy(now=NOW + timedelta(hours=1))
    assert certificate.document["key"]["key_id"] == str(destroyed.key_id)
    assert certificate.document["key"]["destroyed_at"] == NOW.isoformat()


def test_a_certificate_cannot_be_changed_or_removed(bucket):
    destroy()
    for statement in ("UPDATE retention_certificate SET digest = ''", "DELETE FROM retention_certificate"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        {"started_at": datetime(2026, 10, 30, tzinfo=UTC)},
        {"step": Step.KEY_DESTROYED.value, "key_destroyed_at": None},
        {"step": Step.PARTITION_DROPPED.value},
        {"certified_at": NOW},
        {"retention_days": 0},
    ],
)
def test_the_database_refuses_a_destruction_that_skips_a_step(bucket, change, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(destruction.keys, "destroy_key", kill)
        with pytest.raises(Killed):
            destroy()
    with pytest.raises(DatabaseError), transaction.atomic():
        Destruction.objects.update(**change)


def test_a_packed_certificate_verifies_with_the_key_of_this_log_and_no_other(bucket):
    certificate = destroy()
    package = json.dumps(services.package_certificate(certificate=certificate)).encode()
    assert services.check_package(content=package).is_good
    public = keys.get_public_key().hex()
    assert services.check_package(content=package, public_key=public).is_good
    assert not services.check_package(content=package, public_key="00" * 32).is_good
    with pytest.raises(services.CertificateUnreadable):
        services.check_package(content=package[:-1])
    with pytest.raises(services.CertificateUnreadable):
        services.check_package(content=package, public_key="zz")


def test_a_changed_certificate_in_the_database_is_told(bucket, monkeypatch):
    certificate = destroy()
    package = services.package_certificate(certificate=certificate)
    package["document"]["rows"]["destroyed"] = 2
    assert "signature" in services.check_package(content=json.dumps(package).encode()).problem


@pytest.mark.parametrize("reference", ["nothing", "6f0c3f0e-7a5e-4f5a-9c55-6a1a3c9b8d10"])
def test_a_certificate_that_is_not_there_is_not_found(db, reference):
    with pytest.raises(selectors.CertificateNotFound):
        selectors.get_certificate(reference=reference)


def test_another_failure_of_the_database_is_not_taken_for_a_bucket_in_use(bucket, monkeypatch):
    def fail(**_):
        raise OperationalError("the server went away")

    monkeypatch.setattr(destruction.partitions, "drop_partition", fail)
    with pytest.raises(OperationalError, match="went away"):
        destroy()


def test_rows_name_themselves_without_content(bucket):
    destroy()
    day = f"{CATEGORY} of {DAY}"
    assert str(Destruction.objects.get()) == f"destruction of {day}"
    assert str(Certificate.objects.get()).startswith("certificate ")
    assert str(BucketChunk.objects.order_by("id")[0]) == f"2 rows of {day}"
    assert str(DailyAggregate.objects.order_by("device_id")[1]) == f"2 rows of device 7 on {DAY}"
    assert str(PurgeRun()).startswith("purge run ")
    assert str(Hold()).startswith("hold ")
