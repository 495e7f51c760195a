"""Pages of the destroy door: what is due, what has gone, and the certificates that say so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.services import require_permission
from apps.core import clock
from apps.records.types import Category
from apps.retention import selectors, services, tasks, weeks
from apps.retention.forms import DestroyForm
from apps.retention.types import BucketPlan, BucketState, CertificateView, RetentionRule

WAITING = (BucketState.DUE.value, BucketState.OVERDUE.value)
SYMBOLS = {BucketState.OPEN: "○", BucketState.DUE: "!", BucketState.OVERDUE: "!!", BucketState.DESTROYED: "✕"}


@never_cache
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Context: `now`, `last_run_at`, `totals`, `may_destroy`, `due` (buckets, those that wait longest first),
    `holds` and `categories` (each with rule, counts, `buckets` and, as a calendar, `months`).
    """
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
        "due": sorted(
            (bucket for category in categories for bucket in category["buckets"] if bucket["state"] in WAITING),
            key=lambda bucket: (bucket["due_at"], bucket["category"]),
        ),
        "holds": selectors.list_holds(),
        "may_destroy": _may_destroy(request),
        "categories": categories,
    }
    return render(request, "retention/calendar.html", context)


@never_cache
@require_GET
def bucket(request: HttpRequest, category: str, day: str) -> HttpResponse:
    """Context: `bucket`, `sources` (source, rows), `preserved`, `may_destroy` and `form`. The fragment polls itself
    while a destruction is under way.
    """
    _require_reader(request)
    plan = selectors.get_bucket(category=category, day=day, now=clock.now())
    is_fragment = bool(getattr(request, "htmx", False))
    return _show_bucket(request, plan, "retention/_bucket.html" if is_fragment else "retention/bucket.html")


@never_cache
@require_POST
def destroy(request: HttpRequest, category: str, day: str) -> HttpResponse:
    """Begin a due destruction; a worker, which alone may destroy, goes on with it."""
    actor = request.actor  # type: ignore[attr-defined]
    require_permission(actor=actor, permission="run_purge")
    now = clock.now()
    plan = selectors.get_bucket(category=category, day=day, now=now)
    form = DestroyForm(request.POST)
    if not form.is_valid():
        return _show_bucket(request, plan, "retention/bucket.html", form=form, status=422)
    reference = services.begin_destruction(
        category=category, day=plan.day, actor=actor.reference, reason=form.cleaned_data["reason"], now=now
    )
    tasks.resume_destruction.apply_async(kwargs={"reference": reference})
    messages.success(request, "The destruction is begun. Its certificate appears here when it is done.")
    return HttpResponseRedirect(reverse("retention:bucket", args=[category, day]))


@never_cache
@require_GET
def certificates(request: HttpRequest) -> HttpResponse:
    """Context: `rows`, `next_cursor`, `is_first` and `query`; a fragment for htmx."""
    _require_reader(request)
    page = selectors.list_certificates(cursor=request.GET.get("cursor", ""))
    context = {
        "rows": [_certificate(row) for row in page.rows],
        "next_cursor": page.next_cursor,
        "is_first": not request.GET.get("cursor"),
    }
    is_fragment = bool(getattr(request, "htmx", False))
    template = "retention/_certificates.html" if is_fragment else "retention/certificates.html"
    return render(request, template, context)


@never_cache
@require_GET
def certificate(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Context: `certificate`, its `document`, the signed `note`, and `verdict` (is_good, problem), made at
    `checked_at`.
    """
    _require_reader(request)
    found = selectors.get_certificate(reference=str(reference))
    verdict = services.check_certificate(certificate=found)
    context = {
        "certificate": _certificate(found),
        "document": found.document,
        "note": found.note,
        "verdict": {"is_good": verdict.is_good, "problem": verdict.problem},
        "checked_at": clock.now(),
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


def _may_destroy(request: HttpRequest) -> bool:
    return bool(request.actor.has_permission("run_purge"))  # type: ignore[attr-defined]


def _show_bucket(
    request: HttpRequest, plan: BucketPlan, template: str, *, form: DestroyForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "bucket": _bucket(plan),
        "rule": plan.rule,
        "sources": sorted(plan.rows_by_source.items()),
        "preserved": selectors.list_preserved(category=plan.category, day=plan.day),
        "may_destroy": _may_destroy(request),
        "form": form or DestroyForm(),
    }
    return render(request, template, context, status=status)


def _require_reader(request: HttpRequest) -> None:
    require_permission(actor=request.actor, permission="read_retention")  # type: ignore[attr-defined]


def _category(rule: RetentionRule, buckets: list[BucketPlan]) -> dict[str, Any]:
    counts = {state.value.lower(): 0 for state in BucketState}
    for bucket in buckets:
        counts[bucket.state.value.lower()] += 1
    shown = {bucket.day: _bucket(bucket) for bucket in buckets}
    waiting = [bucket.due_at for bucket in buckets if bucket.state is BucketState.OPEN]
    months = weeks.lay_out(buckets)
    return {
        "code": rule.category,
        "retention_days": rule.days,
        "policy_version": rule.policy_version,
        "counts": counts,
        "next_due_at": min(waiting, default=None),
        "buckets": list(shown.values()),
        "has_more_months": any(not month.is_of_interest for month in months),
        "months": [
            {
                "first": month.first,
                "counts": month.counts,
                "is_of_interest": month.is_of_interest,
                "weeks": [
                    [
                        {"number": cell.number, "bucket": shown[cell.bucket.day] if cell.bucket else None}
                        for cell in week
                    ]
                    for week in month.weeks
                ],
            }
            for month in months
        ],
    }


def _bucket(bucket: BucketPlan) -> dict[str, Any]:
    return {
        "category": bucket.category,
        "day": bucket.day,
        "due_at": bucket.due_at,
        "state": bucket.state.value,
        "symbol": SYMBOLS[bucket.state],
        "step": bucket.step.value if bucket.step else "",
        "is_under_way": bucket.step is not None and bucket.state is not BucketState.DESTROYED,
        "rows": bucket.rows,
        "is_counted": bucket.category in set(Category),
        "rows_short": weeks.shorten(bucket.rows),
        "size_bytes": bucket.size_bytes,
        "preserved_rows": bucket.preserved_rows,
        "key_id": bucket.key_id,
        "certificate": bucket.certificate,
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
