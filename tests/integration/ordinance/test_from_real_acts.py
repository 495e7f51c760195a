"""The figures speak of the acts as the product itself records them, not of entries that a test wrote."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.access import services as access
from apps.access.services import QueryRefused
from apps.access.types import NewCase
from apps.core.types import Window
from apps.ledger import services as ledger
from apps.lookups import services as lookups
from apps.lookups.types import PlateRequest
from apps.ordinance import services
from apps.retention import services as retention
from tests.factories.accounts import make_demo_actor
from tests.factories.policy import put_dc_policy_in_force
from tests.integration.retention.bucket import CATEGORY, store_reads

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
CASE = "26-004711"


def look_up(**changes):
    values = {
        "actor": make_demo_actor("ANALYST"),
        "plate": "AAA111",
        "window": Window(start=NOW - timedelta(days=3), end=NOW),
        "purpose": "CRIMINAL_INVESTIGATION",
        "offence": "VIOLENT_FELONY",
        "case_number": CASE,
        "reason": "Vehicle seen leaving the burglary of a shop on 14th Street, witness gave the plate",
    }
    return lookups.find_plate(request=PlateRequest(**(values | changes)))


def test_lookups_refusals_rows_and_purges_are_counted_as_they_happened():
    put_dc_policy_in_force(now=datetime(2026, 9, 1, tzinfo=UTC))
    with time_machine.travel(NOW, tick=False):
        access.record_case(
            case=NewCase(number=CASE, kind="CASE", status="OPEN", offence="BURGLARY", occurred_at=NOW), now=NOW
        )
        store_reads(NOW.date() - timedelta(days=1), ["AAA111", "AAA111", "BBB222"])
        store_reads(NOW.date() - timedelta(days=30), ["AAA111"])
        assert len(look_up().rows) == 2
        for refused in ({"reason": ""}, {"reason": "investigation"}, {"actor": make_demo_actor("LAPSED_ANALYST")}):
            with pytest.raises(QueryRefused):
                look_up(**refused)
        retention.run_due(now=NOW)
        ledger.seal_pending()
        report = services.build_access_report(
            window=Window(start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=1)),
            actor=make_demo_actor("COUNCIL"),
        )
    figures = {figure["name"]: figure["value"] for figure in report.document["figures"]}
    assert figures["lookups_by_purpose"] == {"CRIMINAL_INVESTIGATION": 1}
    assert figures["lookups_refused"] == 3
    assert set(figures["refusals_by_reason"]) >= {"REASON_MISSING", "REASON_VAGUE", "TRAINING_EXPIRED"}
    assert figures["people"] == 2
    assert figures["rows_shown"] == 2
    assert figures["purges_by_punctuality"] == {"ON_TIME": 1}
    assert figures["rows_destroyed"] == 1
    assert CATEGORY not in str(figures)
