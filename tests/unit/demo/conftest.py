"""A small city of twelve readers, and Seattle's week."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rtcc_gov.demo.readers import Readers
from rtcc_gov.demo.seattle import SeattleWeek, load_week
from rtcc_gov.demo.traffic import City

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
NOW = datetime(2026, 11, 24, 15, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def week() -> SeattleWeek:
    return load_week(FIXTURES / "seattle")


@pytest.fixture(scope="session")
def readers() -> Readers:
    return Readers.of([(f"LPR-{n:02d}", 38.86 + 0.02 * (n % 4), -77.06 + 0.03 * (n // 4)) for n in range(12)])


@pytest.fixture(scope="session")
def city(readers: Readers, week: SeattleWeek) -> City:
    return City.build(seed=7, reads=40_000, days=10, now=NOW, readers=readers, week=week)
