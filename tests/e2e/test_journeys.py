"""One journey a persona, in a real browser against a served site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rtcc_gov.demo.plates import TOUR_PLATE
from tests.e2e.conftest import Site
from tests.e2e.looking import WIDTHS, look_at, sign_in

pytestmark = pytest.mark.e2e

REASON = "Silver sedan left the robbery at the corner store; the victim gave this plate and the driver's direction"


def fill_look_up(page: Page, *, case_number: str, reason: str) -> None:
    page.goto("/lookups/plate/")
    page.get_by_label("License plate").fill(TOUR_PLATE)
    page.get_by_label("Time").select_option("7")
    page.get_by_label("Purpose").select_option("CRIMINAL_INVESTIGATION")
    page.get_by_label("Offence").select_option("VIOLENT_FELONY")
    page.get_by_label("Case number").fill(case_number)
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Look up").click()


def test_an_analyst_is_refused_mends_the_reason_and_sees_the_reads(page: Page, site: Site) -> None:
    page.goto("/lookups/plate/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look_at(page)
    sign_in(page, "Maren Oduya")
    look_at(page, "home")
    page.keyboard.press("/")
    page.wait_for_url("**/lookups/plate/")
    page.keyboard.press("/")
    expect(page.get_by_label("License plate")).to_be_focused()
    look_at(page)

    fill_look_up(page, case_number=site.case_number, reason="investigation")
    expect(page.get_by_role("heading", name="The policy does not permit this")).to_be_visible()
    expect(page.locator("[data-code=REASON_VAGUE]")).to_contain_text("What would satisfy it")
    expect(page.locator("tr[data-number]")).to_have_count(0)
    look_at(page, "refusal")

    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name=f"of {TOUR_PLATE}")).to_be_visible()
    rows = page.locator("tr[data-number]")
    assert rows.count() >= 3
    assert set(rows.locator(".rg-mono").all_inner_texts()) == {TOUR_PLATE}
    moments = page.locator("tr[data-number] time").evaluate_all("all => all.map(one => one.dateTime)")
    assert moments == sorted(moments, reverse=True)
    expect(page.locator(".rg-pin").first).to_be_visible()
    page.locator(".rg-pin").last.click()
    expect(page.locator(".maplibregl-popup")).to_be_visible()
    assert page.locator("tr.is-chosen").count() >= 1
    assert TOUR_PLATE not in page.url
    look_at(page, "lookup", shown=WIDTHS)

    page.get_by_role("link", name="Open the receipt and its proof").click()
    expect(page.get_by_role("heading", name="Query answered")).to_be_visible()
    look_at(page)
    page.get_by_role("link", name="My accesses").first.click()
    expect(page.locator("tr[data-query]").first).to_contain_text(REASON)
    look_at(page)


def test_nothing_is_asked_while_the_plate_is_missing(page: Page) -> None:
    sign_in(page, "Maren Oduya")
    page.goto("/lookups/plate/")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_text("Nothing was asked yet")).to_be_visible()
    expect(page.get_by_label("License plate")).to_have_attribute("aria-invalid", "true")
    look_at(page)


def test_an_analyst_whose_training_lapsed_is_told_so(page: Page, site: Site) -> None:
    sign_in(page, "Tobin Fennimore")
    fill_look_up(page, case_number=site.case_number, reason=REASON)
    expect(page.locator("[data-code=TRAINING_EXPIRED]")).to_be_visible()
    expect(page.locator("tr[data-number]")).to_have_count(0)


def test_an_auditor_goes_from_the_trail_to_the_proof(page: Page, site: Site) -> None:
    sign_in(page, "Maren Oduya")
    fill_look_up(page, case_number=site.case_number, reason=REASON)
    expect(page.get_by_role("heading", name=f"of {TOUR_PLATE}")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    site.run_command("ledger_seal_log")

    sign_in(page, "Piet Lindqvale")
    expect(page.get_by_role("navigation", name="Main")).not_to_contain_text("Plate look-up")
    look_at(page, "home-auditor")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.get_by_label("Case number").fill(site.case_number)
    page.get_by_label("Outcome").select_option("PERMITTED")
    page.get_by_role("button", name="Show").click()
    row = page.locator("tr[data-query]").first
    expect(row).to_contain_text("Maren Oduya")
    expect(row).to_contain_text(REASON)
    expect(row).to_contain_text("Version 1")
    look_at(page, "trail")

    row.get_by_role("link", name="Decision").click()
    expect(page.get_by_text("Verified just now")).to_be_visible()
    assert TOUR_PLATE not in page.content()
    look_at(page, "entry")
    assert page.goto("/lookups/plate/").status == 403
    look_at(page)


def test_a_privacy_officer_reads_policy_and_retention(page: Page) -> None:
    sign_in(page, "Noor Castellane")
    expect(page.get_by_role("heading", name="Days of data to destroy")).to_be_visible()
    look_at(page, "home-privacy-officer")
    page.get_by_role("link", name="Policy", exact=True).click()
    expect(page.get_by_role("heading", name="What is refused, whoever asks")).to_be_visible()
    assert page.locator("pre.rg-code").count() > 5
    look_at(page, "policy")
    page.get_by_role("link", name="Retention", exact=True).click()
    expect(page.get_by_role("heading", name="Plate read")).to_be_visible()
    look_at(page, "retention")
    page.get_by_role("link", name="Certificates").first.click()
    look_at(page)


def test_the_council_makes_a_report_and_takes_it_home(page: Page, tmp_path: Path) -> None:
    sign_in(page, "Amadi Rosekerr")
    look_at(page)
    page.get_by_role("link", name="Council reports").click()
    look_at(page)
    page.get_by_label("Period").select_option("this-year")
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", name="Access report")).to_be_visible()
    look_at(page, "report")
    with page.expect_download() as pdf:
        page.get_by_role("link", name="Download the page (PDF)").click()
    assert Path(pdf.value.path()).read_bytes().startswith(b"%PDF-")
    with page.expect_download() as figures:
        page.get_by_role("link", name="Download the figures (JSON)").click()
    names = {figure["name"] for figure in json.loads(Path(figures.value.path()).read_bytes())["figures"]}
    assert {"lookups_by_purpose", "refusals_by_reason", "rows_shown"} <= names


def test_a_feed_operator_brings_in_a_file_and_sees_what_was_rejected(page: Page, site: Site) -> None:
    sign_in(page, "Desmond Vaillard")
    page.get_by_role("link", name="Feeds", exact=True).click()
    look_at(page)
    page.get_by_role("link", name="Bring in a file").click()
    look_at(page)
    page.get_by_label("Source").select_option("demo-lpr")
    page.get_by_label("File").set_input_files({"name": "reads.csv", "mimeType": "text/csv", "buffer": site.upload})
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("The file has been read to its end.")).to_be_visible(timeout=60_000)
    expect(page.locator(".rg-figure", has_text="rejected")).to_contain_text(str(site.rejects))
    look_at(page)
    page.get_by_role("link", name="See the rejected rows").click()
    expect(page.locator("#rows tbody tr")).to_have_count(site.rejects)
    expect(page.get_by_role("button", name="Try the rows of demo-lpr again")).to_be_visible()
    look_at(page)


def test_the_keys_are_told_and_can_be_turned_off(page: Page) -> None:
    sign_in(page, "Piet Lindqvale")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    look_at(page)
    page.get_by_text("Single keys are on").click()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="Audit trail")).to_have_count(0)
