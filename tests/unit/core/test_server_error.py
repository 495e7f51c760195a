"""What is shown where no view could answer."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from apps.core.views import server_error


def answer(error: Exception, **headers: str) -> HttpResponse:
    request = RequestFactory().post("/lookups/plate/", headers=headers)
    try:
        raise error
    except Exception:
        return server_error(request)


@pytest.mark.parametrize(("error", "status"), [(OperationalError("away"), 503), (ValueError("a fault"), 500)])
def test_a_page_for_a_browser_and_a_fragment_for_htmx(error: Exception, status: int) -> None:
    page, fragment = answer(error), answer(error, **{"HX-Request": "true"})
    assert (page.status_code, fragment.status_code) == (status, status)
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "refusal-title" in fragment.content.decode()
    for response in (page, fragment):
        assert "away" not in response.content.decode()
