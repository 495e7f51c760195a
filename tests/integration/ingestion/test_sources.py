"""A source delivers once a second person has approved it, and the log says so."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.services import PermissionMissing
from apps.ingestion import selectors, services
from apps.ingestion.models import Source
from apps.ingestion.services import ApprovalRefused, SourceExists, SourceInvalid, SourceNotApproved
from tests.factories.accounts import make_demo_actor
from tests.integration.ingestion.conftest import NOW, count_rows, list_events, make_csv

pytestmark = pytest.mark.django_db


def test_a_source_is_registered_by_one_person_and_approved_by_another(make_source) -> None:
    source = make_source()
    assert source.is_approved
    assert source.registered_by != source.approved_by
    assert [event for event, _ in list_events()] == ["SOURCE_REGISTERED", "SOURCE_APPROVED"]


def test_nobody_approves_their_own_source(importer: str) -> None:
    services.register_source(code="own", name="Own", adapter="CSV_READS", actor=importer, now=NOW)
    with pytest.raises(ApprovalRefused) as refusal:
        services.approve_source(code="own", actor=importer, now=NOW)
    assert refusal.value.code == "APPROVER_IS_REGISTRAR"
    assert not selectors.get_source(code="own").is_approved


def test_the_database_too_refuses_an_approver_who_registered(importer: str) -> None:
    services.register_source(code="own", name="Own", adapter="CSV_READS", actor=importer, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.filter(code="own").update(approved_by=importer, approved_at=NOW)


def test_a_source_is_approved_once(make_source, importer: str) -> None:
    make_source()
    with pytest.raises(ApprovalRefused) as refusal:
        services.approve_source(code="gate", actor=importer, now=NOW)
    assert refusal.value.code == "SOURCE_ALREADY_APPROVED"


@pytest.mark.parametrize("changes", [{"adapter": "FAX"}, {"zone_name": "Mars/Olympus"}, {"zone_name": "../etc/passwd"}])
def test_a_source_of_an_unknown_format_or_zone_is_refused(importer: str, changes: dict[str, str]) -> None:
    with pytest.raises(SourceInvalid):
        services.register_source(
            **{"code": "x", "name": "X", "adapter": "CSV_READS", "actor": importer, "now": NOW, **changes}
        )
    assert selectors.list_sources() == []


def test_a_code_is_given_once(make_source, importer: str) -> None:
    make_source()
    with pytest.raises(SourceExists):
        services.register_source(code="gate", name="Again", adapter="CSV_READS", actor=importer, now=NOW)


@pytest.mark.parametrize("role", ["ANALYST", "AUDITOR", "COUNCIL", "PRIVACY_OFFICER"])
def test_whoever_may_not_import_may_not_register_either(role: str) -> None:
    with pytest.raises(PermissionMissing):
        services.register_source(
            code="x", name="X", adapter="CSV_READS", actor=make_demo_actor(role).reference, now=NOW
        )


def test_a_file_of_a_source_that_is_not_approved_is_refused_and_the_refusal_stays(
    make_source, importer: str, reader_device: None
) -> None:
    make_source(is_approved=False)
    with pytest.raises(SourceNotApproved):
        services.import_file(source_code="gate", path=make_csv(3), actor=importer, now=NOW)
    with pytest.raises(SourceNotApproved):
        services.write_reads(source="gate", events=[], now=NOW)
    assert count_rows() == 0
    assert list_events("IMPORT_REFUSED") == [("IMPORT_REFUSED", {"refusals": ["SOURCE_NOT_APPROVED"]})]
