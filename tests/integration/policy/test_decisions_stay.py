"""Decisions that are committed stay as they are, whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from apps.policy import services
from tests.factories.policy import make_facts, put_dc_policy_in_force

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_trigger_stops_even_the_superuser(committed_db: None, database_admin_url: str) -> None:
    put_dc_policy_in_force(now=NOW)
    services.decide(facts=make_facts(), now=NOW)
    with psycopg.connect(database_admin_url, autocommit=True) as admin:
        for statement in ("UPDATE policy_decisionrecord SET roles = '{}'", "DELETE FROM policy_decisionrecord"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                admin.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            admin.execute("TRUNCATE policy_decisionrecord")
