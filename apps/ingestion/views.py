"""Sources, imports and rejected rows."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.types import ActorSnapshot
from apps.core import clock
from apps.ingestion import rules, selectors, services, tasks
from apps.ingestion.forms import UploadForm
from apps.ingestion.types import SourceView


@require_GET
@never_cache
def sources(request: HttpRequest) -> HttpResponse:
    """Context: `sources`, `imports`, `next_cursor`, `is_first`, `open_rejects`, `may_import` and `approvable`, the
    codes of the sources that this person may approve.
    """
    actor = _actor(request)
    cursor = request.GET.get("cursor", "")
    imports = selectors.list_imports_for(actor=actor, cursor=cursor)
    listed, may_import = selectors.list_sources(), actor.has_permission("import_files")
    context = {
        "sources": listed,
        "approvable": [source.code for source in listed if may_import and _is_approvable(source, actor)],
        "imports": imports.rows,
        "next_cursor": imports.next_cursor,
        "is_first": not cursor,
        "open_rejects": selectors.count_rejected(),
        "may_import": may_import,
    }
    return render(request, "ingestion/sources.html", context)


@require_POST
@never_cache
def approve(request: HttpRequest, code: str) -> HttpResponse:
    """Let a source deliver that somebody else registered."""
    source = services.approve_source(code=code, actor=_actor(request).reference, now=clock.now())
    messages.success(request, f"{source.name} may deliver from now on.")
    return HttpResponseRedirect(reverse("ingestion:sources"))


@require_http_methods(["GET", "POST"])
@never_cache
def upload(request: HttpRequest) -> HttpResponse:
    """Context: `form`. A file that is accepted leads to its import's page."""
    actor = _actor(request)
    services.require_importer(actor.reference)
    listed = selectors.list_sources_for(actor=actor)
    form = UploadForm(request.POST or None, request.FILES or None, sources=listed)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        run = services.receive_upload(
            source_code=form.cleaned_data["source"],
            blocks=file.chunks(),
            size=file.size,
            actor=actor.reference,
            now=clock.now(),
        )
        tasks.import_upload.apply_async(kwargs={"reference": run.reference})
        return HttpResponseRedirect(reverse("ingestion:import", args=[run.reference]))
    status = 422 if form.is_bound else 200
    return render(request, "ingestion/upload.html", {"form": form}, status=status)


@require_GET
@never_cache
def import_page(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Context: `import`, `may_import`. The fragment polls itself until `import.is_over`."""
    actor = _actor(request)
    context = {
        "import": selectors.get_import_for(actor=actor, reference=str(reference)),
        "may_import": actor.has_permission("import_files"),
    }
    return render(request, _template(request, "import"), context)


@require_GET
@never_cache
def rejected(request: HttpRequest) -> HttpResponse:
    """Context: `rows`, `next_cursor`, `is_first`, `query`, `sources`, `source_code`, `code`, `codes`, `open_rejects`,
    `may_import`.
    """
    actor = _actor(request)
    source_code, code = request.GET.get("source", ""), request.GET.get("code", "")
    cursor = request.GET.get("cursor", "")
    page = selectors.list_rejected_for(actor=actor, source_code=source_code, code=code, cursor=cursor)
    context = {
        "rows": page.rows,
        "next_cursor": page.next_cursor,
        "is_first": not cursor,
        "query": urlencode({"source": source_code, "code": code}),
        "sources": selectors.list_sources(),
        "source_code": source_code,
        "code": code,
        "codes": selectors.list_rejection_codes(),
        "open_rejects": selectors.count_rejected(source_code=source_code),
        "may_import": actor.has_permission("import_files"),
    }
    return render(request, _template(request, "rejected"), context)


@require_POST
@never_cache
def retry(request: HttpRequest) -> HttpResponse:
    """Have a worker try a source's rejected rows again, all or the one named; the page shows what is left."""
    actor = _actor(request)
    services.require_importer(actor.reference)
    source = selectors.get_source(code=request.POST.get("source", ""))
    named = {"references": request.POST.getlist("row")} if "row" in request.POST else {}
    tasks.retry_rejected.apply_async(kwargs={"source_code": source.code, "actor": actor.reference} | named)
    messages.success(request, "They are being tried again. Reload the page in a moment to see what is left.")
    return HttpResponseRedirect(f"{reverse('ingestion:rejected')}?{urlencode({'source': source.code})}")


@require_GET
@never_cache
def rejected_row(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Context: `row` and `content`, which is None where it cannot be read any more."""
    opened = services.open_rejected(reference=str(reference), actor=_actor(request).reference)
    return render(request, "ingestion/rejected_row.html", {"row": opened.row, "content": opened.content})


def _is_approvable(source: SourceView, actor: ActorSnapshot) -> bool:
    return not rules.get_approval_refusals(
        registrar=source.registered_by, approver=actor.reference, is_approved=source.is_approved
    )


def _actor(request: HttpRequest) -> ActorSnapshot:
    return request.actor  # type: ignore[attr-defined]


def _template(request: HttpRequest, name: str) -> str:
    return f"ingestion/_{name}.html" if request.htmx else f"ingestion/{name}.html"  # type: ignore[attr-defined]
