"""Pages of the write door: sources, uploads and their progress, rejected rows; the worker is told by reference only."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.ingestion import conf, selectors, services, tasks
from apps.ingestion.models import ImportRun
from tests.factories.accounts import sign_in
from tests.integration.ingestion.conftest import HEAD, NOW, count_rows, list_events, make_csv, make_row

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What was handed to the queue."""
    sent: list[tuple[str, dict[str, str]]] = []
    for task in (tasks.import_upload, tasks.retry_rejected):
        monkeypatch.setattr(
            task, "apply_async", lambda *, kwargs, name=task.name: sent.append((name.partition(".")[2], kwargs))
        )
    return sent


def upload(client: Client, content: bytes, source: str = "gate"):
    return client.post("/ingestion/upload/", {"source": source, "file": SimpleUploadedFile("reads.csv", content)})


def test_a_file_is_uploaded_imported_by_a_worker_and_followed(
    client: Client, make_source, reader_device, queued
) -> None:
    make_source()
    sign_in(client, "INGESTOR")
    assert client.get("/ingestion/upload/").status_code == 200
    response = upload(client, make_csv(5))
    run = ImportRun.objects.get()
    assert response["Location"] == f"/ingestion/imports/{run.reference}/"
    assert queued == [("import_upload", {"reference": str(run.reference)})]
    assert client.get(response["Location"]).context["import"].is_over is False
    tasks.import_upload(**queued[0][1])
    fragment = client.get(response["Location"], headers=FRAGMENT)
    assert fragment.context["import"].accepted == 5
    assert "<html" not in fragment.content.decode()
    assert "hx-trigger" not in fragment.content.decode(), "a poll ends itself"
    assert count_rows() == 5


def test_an_upload_that_no_worker_took_is_queued_again(make_source, importer, reader_device, queued) -> None:
    make_source()
    run = services.receive_upload(source_code="gate", blocks=[make_csv(2)], size=9, actor=importer, now=NOW)
    tasks.resume_uploads()
    assert queued == [("import_upload", {"reference": run.reference})]


@pytest.mark.parametrize(("content", "status"), [(b"", 422), ("é".encode("utf-16"), 422)], ids=["empty", "not text"])
def test_a_file_that_is_no_text_is_refused_on_the_page(
    client: Client, make_source, queued, content: bytes, status: int
) -> None:
    make_source()
    sign_in(client, "INGESTOR")
    assert upload(client, content).status_code == status
    assert queued == []


def test_a_file_that_is_too_large_is_refused(client: Client, make_source, queued, monkeypatch) -> None:
    monkeypatch.setattr(conf, "LARGEST_UPLOAD_BYTES", 10)
    make_source()
    sign_in(client, "INGESTOR")
    assert upload(client, make_csv(1)).status_code == 422
    assert queued == []


def test_a_source_that_is_not_approved_takes_no_upload(client: Client, make_source, queued) -> None:
    make_source(is_approved=False)
    sign_in(client, "INGESTOR")
    assert upload(client, make_csv(1)).status_code == 403
    assert upload(client, make_csv(1), source="nowhere").status_code == 422
    assert queued == []


@pytest.mark.parametrize("role", ["ANALYST", "COUNCIL"])
@pytest.mark.parametrize("path", ["", "upload/", "rejected/"])
def test_the_pages_are_not_for_everybody(client: Client, make_source, role: str, path: str) -> None:
    make_source()
    sign_in(client, role)
    assert client.get(f"/ingestion/{path}").status_code == 403


@pytest.mark.parametrize("role", ["SUPERVISOR", "AUDITOR", "PRIVACY_OFFICER"])
def test_whoever_may_only_look_uploads_and_retries_nothing(client: Client, make_source, queued, role: str) -> None:
    make_source()
    sign_in(client, role)
    assert client.get("/ingestion/").status_code == 200
    assert upload(client, make_csv(1)).status_code == 403
    assert client.post("/ingestion/rejected/retry/", {"source": "gate"}).status_code == 403
    assert queued == []
    assert not ImportRun.objects.exists()


def test_sources_and_imports_are_listed(client: Client, make_source, importer, reader_device) -> None:
    make_source()
    make_source(code="new", is_approved=False)
    services.import_file(source_code="gate", path=make_csv(3), actor=importer, now=NOW)
    sign_in(client, "AUDITOR")
    page = client.get("/ingestion/")
    assert [source.code for source in page.context["sources"]] == ["gate", "new"]
    assert [run.accepted for run in page.context["imports"]] == [3]


def test_rejected_rows_are_listed_without_their_content_and_retried_by_a_worker(
    client: Client, make_source, importer, reader_device, queued
) -> None:
    make_source()
    services.import_file(
        source_code="gate", path=(HEAD + make_row(1, plate="SECRET🚗")).encode(), actor=importer, now=NOW
    )
    sign_in(client, "INGESTOR")
    page = client.get("/ingestion/rejected/", {"source": "gate", "code": "PLATE_MALFORMED"})
    assert [row.code for row in page.context["rows"]] == ["PLATE_MALFORMED"]
    assert "SECRET" not in page.content.decode()
    assert client.get("/ingestion/rejected/", {"code": "DAY_DESTROYED"}).context["rows"] == []
    assert "<html" not in client.get("/ingestion/rejected/", headers=FRAGMENT).content.decode()
    assert client.post("/ingestion/rejected/retry/", {"source": "gate"}).status_code == 302
    assert queued == [("retry_rejected", {"source_code": "gate", "actor": importer})]
    tasks.retry_rejected(**queued[0][1])
    assert selectors.list_rejected().rows[0].attempts == 1


def test_a_rejected_row_is_opened_by_who_may_mend_it_and_that_is_in_the_ledger_first(
    client: Client, make_source, importer, reader_device, queued
) -> None:
    make_source()
    content = HEAD + make_row(1, plate="SECRET🚗")
    services.import_file(source_code="gate", path=content.encode(), actor=importer, now=NOW)
    row = selectors.list_rejected().rows[0]
    address = f"/ingestion/rejected/{row.reference}/"
    sign_in(client, "AUDITOR")
    refused = client.get(address)
    assert refused.status_code == 403
    assert "SECRET" not in refused.content.decode()
    assert address not in client.get("/ingestion/rejected/").content.decode()
    assert list_events("REJECT_OPENED") == []
    sign_in(client, "INGESTOR")
    assert address in client.get("/ingestion/rejected/").content.decode()
    assert "SECRET🚗" in client.get(address).content.decode()
    assert list_events("REJECT_OPENED") == [("REJECT_OPENED", {"source": "gate", "reason": "PLATE_MALFORMED"})]
    client.post("/ingestion/rejected/retry/", {"source": "gate", "row": row.reference})
    assert queued[-1][1] == {"source_code": "gate", "actor": importer, "references": [row.reference]}
    tasks.retry_rejected(**queued[-1][1])
    assert selectors.list_rejected().rows[0].attempts == 1
    assert client.get("/ingestion/rejected/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_a_second_person_approves_a_source_on_the_page(client: Client, make_source) -> None:
    make_source(is_approved=False)
    for role, status in (("AUDITOR", 403), ("ADMINISTRATOR", 403), ("INGESTOR", 302), ("INGESTOR", 403)):
        sign_in(client, role)
        page = client.get("/ingestion/")
        assert ("gate" in page.context["approvable"]) is (status == 302)
        assert ("/ingestion/sources/gate/approve/" in page.content.decode()) is (status == 302)
        assert client.post("/ingestion/sources/gate/approve/").status_code == status
    assert selectors.get_source(code="gate").is_approved


def test_a_source_that_is_not_there_is_not_retried(client: Client, make_source, queued) -> None:
    sign_in(client, "INGESTOR")
    assert client.post("/ingestion/rejected/retry/", {"source": "nowhere"}).status_code == 404
    assert queued == []


@pytest.mark.parametrize("reference", ["00000000-0000-0000-0000-000000000000"])
def test_an_import_that_is_none_is_not_found(client: Client, make_source, reference: str) -> None:
    sign_in(client, "INGESTOR")
    assert client.get(f"/ingestion/imports/{reference}/").status_code == 404
    assert client.get("/ingestion/imports/x/").status_code == 404
