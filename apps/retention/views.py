"""Pages of the destroy door: what is due, what has gone, and the certificates that say so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts.services import require_permission
from apps.core import clock
from apps.retention import selectors, services
from apps.retention.types import BucketPlan, BucketState, CertificateView, RetentionRule


@never_cache
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Context: `now`, `last_run_at`, `totals` and `categories` (each with rule, counts and `buckets`)."""
    _require_reader(request)
    now = clock.now()
    categories = [_category(rule, buckets) for rule, buckets in selectors.get_calendar(now=now)]
    context = {
        "now": now,
        "last_run_at": selectors.get_last_run_at(),
        "totals": {
            name: sum(category["counts"][name] for category in categories)
            for name in ("open", "due", "overdue", "destroyed")
        },
        "categories": categories,
    }
    return render(request, "retention/calendar.html", context)


@never_cache
@require_GET
def certificates(request: HttpRequest) -> HttpResponse:
    """Context: `rows` and `next_cursor`; a fragment for htmx."""
    _require_reader(request)
    page = selectors.list_certificates(cursor=request.GET.get("cursor", ""))
    context = {"rows": [_certificate(row) for row in page.rows], "next_cursor": page.next_cursor}
    is_fragment = bool(getattr(request, "htmx", False))
    template = "retention/_certificates.html" if is_fragment else "retention/certificates.html"
    return render(request, template, context)


@never_cache
@require_GET
def certificate(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Context: `certificate`, its `document`, the signed `note`, and `verdict` (is_good, problem)."""
    _require_reader(request)
    found = selectors.get_certificate(reference=str(reference))
    verdict = services.check_certificate(certificate=found)
    context = {
        "certificate": _certificate(found),
        "document": found.document,
        "note": found.note,
        "verdict": {"is_good": verdict.is_good, "problem": verdict.problem},
        "daily_rows": selectors.get_daily_rows(category=found.category, day=found.day),
    }
    return render(request, "retention/certificate.html", context)


@never_cache
@require_GET
def certificate_json(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The certificate as a file that `retention_verify_certificate` checks without this site."""
    _require_reader(request)
    package = services.package_certificate(certificate=selectors.get_certificate(reference=str(reference)))
    return JsonResponse(
        package, headers={"Content-Disposition": f'attachment; filename="destruction-certificate-{reference}.json"'}
    )


def _require_reader(request: HttpRequest) -> None:
    require_permission(actor=request.actor, permission="read_retention")  # type: ignore[attr-defined]


def _category(rule: RetentionRule, buckets: list[BucketPlan]) -> dict[str, Any]:
    counts = {state.value.lower(): 0 for state in BucketState}
    for bucket in buckets:
        counts[bucket.state.value.lower()] += 1
    return {
        "code": rule.category,
        "retention_days": rule.days,
        "policy_version": rule.policy_version,
        "counts": counts,
        "buckets": [
            {
                "day": bucket.day,
                "due_at": bucket.due_at,
                "state": bucket.state.value,
                "step": bucket.step.value if bucket.step else "",
                "rows": bucket.rows,
                "size_bytes": bucket.size_bytes,
                "preserved_rows": bucket.preserved_rows,
                "certificate": bucket.certificate,
            }
            for bucket in buckets
        ],
    }


def _certificate(certificate: CertificateView) -> dict[str, Any]:
    document = certificate.document
    return {
        "reference": certificate.reference,
        "category": certificate.category,
        "day": certificate.day,
        "rows": document["rows"]["destroyed"],
        "preserved_rows": sum(hold["rows"] for hold in document["preserved"]),
        "punctuality": document["punctuality"],
        "issued_at": certificate.issued_at,
        "digest": certificate.digest,
        "ledger_reference": certificate.ledger_reference,
    }
