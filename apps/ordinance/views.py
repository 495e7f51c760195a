"""Pages of the reports to the council."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.services import require_permission
from apps.accounts.types import ActorSnapshot
from apps.core import clock
from apps.ordinance import document, selectors, services
from apps.ordinance.forms import PERIODS, PeriodForm
from apps.ordinance.types import ReportView


@never_cache
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Context: `periods` (value, label), `error`, `next_cursor`, `is_first`, `query` and `reports` (reference,
    starts_at, ends_at, built_at, built_by).
    """
    return _show_list(request, error="")


@never_cache
@require_POST
def build(request: HttpRequest) -> HttpResponse:
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return _show_list(request, error="Choose one of the periods.", status=422)
    windows = dict(selectors.list_periods(now=clock.now(), zone=clock.get_local_zone()))
    built = services.build_access_report(window=windows[form.cleaned_data["period"]], actor=_actor(request))
    return HttpResponseRedirect(reverse("ordinance:report-detail", kwargs={"reference": built.reference}))


@never_cache
@require_GET
def report_detail(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Context: `report` (reference, starts_at, ends_at, built_at, built_by, digest, log), `groups` and `totals`.

    With `?check=now` every figure is derived again: `checked_at` says when, `is_good` and a figure's `is_differing` how
    it went.
    """
    _require_reader(request)
    found = selectors.get_report(reference=str(reference))
    is_asked = request.GET.get("check") == "now"
    differing = services.check_report(report=found) if is_asked else []
    context = _detail(found, differing) | {"checked_at": clock.now() if is_asked else None, "is_good": not differing}
    return render(request, "ordinance/report_detail.html", context)


@never_cache
@require_GET
def report_pdf(request: HttpRequest, reference: UUID) -> HttpResponse:
    _require_reader(request)
    found = selectors.get_report(reference=str(reference))
    return _download(found.pdf, "application/pdf", f"access-report-{reference}.pdf")


@never_cache
@require_GET
def report_json(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The canonical bytes whose SHA-256 is in the ledger."""
    _require_reader(request)
    found = selectors.get_report(reference=str(reference))
    return _download(found.canonical, "application/json", f"access-report-{reference}.json")


def _actor(request: HttpRequest) -> ActorSnapshot:
    return request.actor  # type: ignore[attr-defined]


def _require_reader(request: HttpRequest) -> None:
    require_permission(actor=_actor(request), permission="read_report")


def _show_list(request: HttpRequest, *, error: str, status: int = 200) -> HttpResponse:
    _require_reader(request)
    cursor = request.GET.get("cursor", "")
    page = selectors.list_reports(cursor=cursor)
    context = {
        "periods": [{"value": value, "label": label} for value, label in PERIODS],
        "error": error,
        "reports": [
            {
                "reference": row.reference,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
                "built_at": row.built_at,
                "built_by": row.built_by,
            }
            for row in page.rows
        ],
        "next_cursor": page.next_cursor,
        "is_first": not cursor,
        "query": "",
    }
    return render(request, "ordinance/report.html", context, status=status)


def _detail(found: ReportView, differing: list[str]) -> dict[str, Any]:
    figures = [
        {
            "name": figure["name"],
            "title": figure["title"],
            "query": document.describe_query(figure["query"]),
            "value": figure["value"],
            "is_differing": figure["name"] in differing,
        }
        for figure in found.document["figures"]
    ]
    return {
        "report": {
            "reference": found.reference,
            "starts_at": found.starts_at,
            "ends_at": found.ends_at,
            "built_at": found.built_at,
            "built_by": found.built_by,
            "digest": found.digest,
            "ledger_reference": found.ledger_reference,
            "log": dict(found.document["log"]),
        },
        "groups": [
            figure
            | {
                "rows": [
                    {"code": code, "label": document.label_code(code), "count": count}
                    for code, count in sorted(figure["value"].items(), key=lambda item: (-item[1], item[0]))
                ]
            }
            for figure in figures
            if isinstance(figure["value"], dict)
        ],
        "totals": [figure for figure in figures if isinstance(figure["value"], int)],
    }


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
