"""A key's row follows its file once the caller's transaction is over."""

from __future__ import annotations

import pytest
from django.db import transaction

from apps.core.db import Role, acting_as
from apps.keys import selectors, services
from apps.keys.models import DataKey
from apps.keys.types import KeyScope

SCOPE = KeyScope(category="PLATE_READ", label="2026-11-24")


@pytest.fixture(autouse=True)
def fresh_process() -> None:
    services._cache.clear()
    services._opened.clear()


def test_the_row_follows_the_file_on_commit(committed_db: None) -> None:
    with transaction.atomic():
        keys = services.get_or_create_keys(scope=SCOPE)
        assert DataKey.objects.count() == 0
    [row] = selectors.list_data_keys(category="PLATE_READ")
    assert (row.key_id, row.destroyed_at) == (keys.key_id, None)


def test_a_row_lost_by_a_kill_is_made_good_at_the_next_reading(committed_db: None) -> None:
    with transaction.atomic():
        services.get_or_create_keys(scope=SCOPE)
        transaction.set_rollback(True)
    services._cache.clear()
    services._opened.clear()
    assert DataKey.objects.count() == 0
    services.get_keys(scope=SCOPE)
    assert DataKey.objects.count() == 1


def test_an_import_may_make_keys_under_its_own_role(committed_db: None) -> None:
    services.open_key_store()
    with acting_as(Role.INGEST):
        services.get_or_create_keys(scope=SCOPE)
    assert DataKey.objects.count() == 1
