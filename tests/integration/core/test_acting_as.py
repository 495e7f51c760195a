"""A block runs under the role it names, and the role goes back whatever happens."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection

from apps.core.db import Role, acting_as


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_the_process_sits_in_the_app_role() -> None:
    assert current_role() == "rtcc_app"


@pytest.mark.django_db
def test_a_block_enters_a_role_and_comes_back() -> None:
    with acting_as(Role.READER):
        assert current_role() == "rtcc_reader"
        with acting_as(Role.AUDITOR):
            assert current_role() == "rtcc_auditor"
        assert current_role() == "rtcc_reader"
    assert current_role() == "rtcc_app"


@pytest.mark.django_db
def test_a_block_that_fails_gives_the_role_back() -> None:
    with pytest.raises(RuntimeError), acting_as(Role.READER):
        raise RuntimeError
    assert current_role() == "rtcc_app"


@pytest.mark.django_db
def test_nobody_who_serves_can_become_the_owner() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(Role.OWNER):
        pass  # pragma: no cover


def test_nothing_of_a_role_outlives_its_transaction(committed_db: None) -> None:
    with acting_as(Role.READER):
        pass
    assert current_role() == "rtcc_app"
