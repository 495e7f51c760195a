"""Pages follow on from one another, a damaged cursor is told, and a lock is one's own."""

from __future__ import annotations

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType

from apps.core.db import lock_key, session_lock, try_advisory_lock
from apps.core.paging import CursorInvalid, paginate

pytestmark = pytest.mark.django_db
ORDER = ("app_label", "model", "id")


def test_pages_show_every_row_once() -> None:
    everything = list(ContentType.objects.order_by(*ORDER))
    seen, cursor = [], ""
    while True:
        page = paginate(ContentType.objects.all(), order=ORDER, cursor=cursor, size=3)
        seen += page.rows
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == everything


def test_descending_pages_go_backwards() -> None:
    first = paginate(ContentType.objects.all(), order=("-id",), size=2)
    second = paginate(ContentType.objects.all(), order=("-id",), size=2, cursor=first.next_cursor)
    ids = [row.id for row in first.rows + second.rows]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "W1sidiIsIDFdXQ"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        paginate(ContentType.objects.all(), order=ORDER, cursor=cursor)


def test_a_lock_held_elsewhere_is_not_given(superuser_cursor: psycopg.Cursor) -> None:
    superuser_cursor.execute("SELECT pg_advisory_lock(%s)", [lock_key("a name")])
    assert try_advisory_lock("a name") is False
    with session_lock("a name") as held:
        assert held is False
    superuser_cursor.execute("SELECT pg_advisory_unlock_all()")
    with session_lock("a name") as held:
        assert held is True
        superuser_cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key("a name")])
        assert superuser_cursor.fetchone() == (False,)
    superuser_cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key("a name")])
    assert superuser_cursor.fetchone() == (True,)
