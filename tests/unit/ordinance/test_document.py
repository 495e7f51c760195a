import io
import json
from datetime import UTC, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import jsonschema
import pikepdf
import pytest

from apps.core.types import Window
from apps.ordinance import document
from apps.ordinance.figures import ACCESS_FIGURES, Figure

ZONE = ZoneInfo("America/New_York")
MANY = {
    "lookups_by_purpose": {f"PURPOSE_{n:02}": 1000 - n for n in range(40)},
    "refusals_by_reason": {f"REASON_{n:02}": n + 1 for n in range(40)},
    "purges_by_punctuality": {"ON_TIME": 30, "LATE": 1},
}
NONE = {"lookups_by_purpose": {}, "refusals_by_reason": {}, "purges_by_punctuality": {}}


def make(values, total=12_345):
    return document.build_document(
        reference="6f0c3f0e-7a5e-4f5a-9c55-6a1a3c9b8d10",
        agency={"ori": "DC0010000", "name": "Metropolitan Police Department"},
        window=Window(start=datetime(2026, 10, 1, 4, tzinfo=UTC), end=datetime(2026, 11, 1, 4, tzinfo=UTC)),
        built_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        built_by="P-0001",
        log={"origin": "rtcc.example.gov/access-log", "size": 1_234_567, "root": "ab" * 32, "checkpoint": "note"},
        figures=[Figure(spec=spec, value=values.get(spec.name, total)) for spec in ACCESS_FIGURES],
    )


@pytest.mark.parametrize("values", [MANY, NONE])
def test_the_page_is_one_tagged_page_with_title_and_language(values):
    pdf = pikepdf.open(io.BytesIO(document.render_pdf(canonical=make(values), zone=ZONE)))
    assert len(pdf.pages) == 1
    assert "/StructTreeRoot" in pdf.Root
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en-US"
    assert str(pdf.docinfo["/Title"]) == "Access to surveillance data"


def test_the_same_figures_give_the_same_bytes():
    assert make(MANY) == make(MANY)
    first = document.render_pdf(canonical=make(MANY), zone=ZONE)
    document.render_pdf(canonical=make(NONE), zone=ZONE)
    assert document.render_pdf(canonical=make(MANY), zone=ZONE) == first


def test_the_document_is_as_its_schema_says_and_a_stray_field_is_not():
    schema = json.loads(resources.files("apps.ordinance").joinpath("report.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    written = json.loads(make(MANY))
    validator.validate(written)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(written | {"comment": "typed by hand"})
    written["figures"][0]["value"] = "many"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(written)


def test_what_does_not_fit_the_page_is_added_up_and_said():
    group = document._group(json.loads(make(MANY))["figures"][0], "Purpose", "Look-ups")
    assert len(group["rows"]) == document.MOST_LINES + 1
    assert group["rows"][0] == {"label": "Purpose 00", "value": "1,000"}
    assert group["rows"][-1]["label"] == "26 others"


def test_the_period_is_told_in_the_agencys_own_time():
    page = document._page(json.loads(make(NONE)), ZONE)
    assert page["period"] == "October 1, 2026 00:00 to November 1, 2026 00:00 (America/New_York)"


def test_queries_and_codes_are_told_in_words():
    lines = {spec.name: document.describe_query(spec.query.as_document()) for spec in ACCESS_FIGURES}
    assert lines["lookups_by_purpose"] == "count of QUERY_DECIDED, action = LOOKUP, outcome = PERMITTED, by purpose"
    assert lines["rows_shown"] == "sum of row_count of QUERY_ANSWERED"
    assert lines["people"] == "different people of QUERY_DECIDED"
    assert document.label_code("REASON_MISSING") == "Reason missing"
    assert document.label_code("") == "Not named"
