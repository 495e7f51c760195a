"""What somebody sees who asked and was not answered: never the reads of the request before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from rtcc_gov.demo.plates import TOUR_PLATE
from tests.e2e.conftest import Site
from tests.e2e.looking import look_at, sign_in
from tests.e2e.test_journeys import REASON, fill_look_up

pytestmark = pytest.mark.e2e


def look_up_and_fail_next(page: Page, site: Site, *, answer: int | None) -> None:
    """Look up once with success, then again with an answer of that status, or none."""

    def fail(route: Route) -> None:
        if answer is None:
            route.abort()
        else:
            route.fulfill(status=answer, body="<html><body>A gateway's own page</body></html>")

    sign_in(page, "Maren Oduya")
    fill_look_up(page, case_number=site.case_number, reason=REASON)
    expect(page.get_by_role("heading", name=f"of {TOUR_PLATE}")).to_be_visible()
    page.route("**/lookups/plate/", fail)
    page.get_by_role("button", name="Look up").click()


@pytest.mark.parametrize("answer", [None, 502])
def test_a_request_without_an_answer_leaves_nothing_of_the_last_one(page: Page, site: Site, answer: int | None) -> None:
    look_up_and_fail_next(page, site, answer=answer)
    expect(page.get_by_role("heading", name="No answer")).to_be_visible()
    expect(page.locator("tr[data-number]")).to_have_count(0)
    expect(page.get_by_text("A gateway's own page")).to_have_count(0)
    look_at(page)
    page.unroute_all()
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name=f"of {TOUR_PLATE}")).to_be_visible()


def test_a_missing_plate_takes_the_cursor(page: Page) -> None:
    sign_in(page, "Maren Oduya")
    page.goto("/lookups/plate/")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_label("License plate")).to_be_focused()


def test_a_refusal_leads_to_its_entry_in_the_log(page: Page, site: Site) -> None:
    sign_in(page, "Maren Oduya")
    fill_look_up(page, case_number=site.case_number, reason="investigation")
    page.locator(".rg-refusal .rg-facts a").click()
    expect(page.get_by_role("heading", name="Query decided")).to_be_visible()
    look_at(page)
