"""The look-up page without governance, and with governance by guardian and auditlog: same form, template and rows."""

from __future__ import annotations

from auditlog.signals import accessed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from guardian.shortcuts import get_objects_for_user

from apps.assets import selectors as assets
from apps.core import clock
from apps.core.paging import MOST_ROWS
from apps.core.types import Window
from apps.lookups.forms import PlateForm
from apps.lookups.services import _show
from apps.lookups.types import PlateRow
from apps.policy import selectors as policy
from apps.policy.rules import first_kept_moment
from apps.records import reads
from apps.records.rules import normalise_plate
from benchmarks.baseline.models import PlainRead

RETENTION_DAYS = 30


class _Everything:
    def __init__(self, window: Window) -> None:
        self.window = window


@never_cache
def ungoverned(request: HttpRequest) -> HttpResponse:
    """The same search on the same table by a superuser: no decision, no grant, no log."""
    form, window = _fill(request)
    plate = normalise_plate(form.cleaned_data["plate"])
    found = reads.search_plate(grant=_Everything(window), plate=plate, window=window, most=MOST_ROWS)
    return _render(request, form, _show(found.rows))


@never_cache
def guarded(request: HttpRequest) -> HttpResponse:
    """A plain table behind guardian's object filter, each row that is shown logged by auditlog."""
    form, window = _fill(request)
    found = list(
        get_objects_for_user(request.user, "baseline.view_plainread", PlainRead, use_groups=False)
        .filter(plate=normalise_plate(form.cleaned_data["plate"]))
        .filter(occurred_at__gte=window.start, occurred_at__lt=window.end)
        .order_by("-occurred_at", "-id")[:MOST_ROWS]
    )
    for read in found:
        accessed.send(PlainRead, instance=read)
    devices = assets.get_devices_by_id(device_ids={read.device_id for read in found})
    zone = clock.get_local_zone()
    rows = [
        PlateRow(
            read_id=str(read.pk),
            occurred_at=read.occurred_at.astimezone(zone),
            plate=read.plate,
            region="",
            confidence=None,
            device_reference=devices[read.device_id].reference if read.device_id in devices else "",
            device_name=devices[read.device_id].name if read.device_id in devices else "",
            latitude=read.latitude,
            longitude=read.longitude,
        )
        for read in found
    ]
    return _render(request, form, rows)


def _fill(request: HttpRequest) -> tuple[PlateForm, Window]:
    now = clock.now()
    form = PlateForm(
        request.POST,
        purposes=[(purpose.code, purpose.label) for purpose in policy.list_purposes(now=now)],
        offences=[(offence.code, offence.label) for offence in policy.list_offences(now=now)],
    )
    if not form.is_valid():
        raise ValueError(form.errors)
    window = form.get_window(now)
    # The governed view shows nothing that is past its retention; the baselines are asked for the same rows.
    kept = first_kept_moment(retention_days=RETENTION_DAYS, now=now)
    return form, Window(start=max(window.start, kept), end=window.end)


def _render(request: HttpRequest, form: PlateForm, rows: list[PlateRow]) -> HttpResponse:
    points = [
        {
            "latitude": row.latitude,
            "longitude": row.longitude,
            "label": row.device_name,
            "time": row.occurred_at.isoformat(timespec="seconds"),
        }
        for row in rows
    ]
    context = {
        "form": form,
        "result": {"rows": rows, "truncated": False},
        "points": points,
        "receipt": {"entry": "00000000-0000-0000-0000-000000000000", "leaf_hash": "00"},
    }
    return render(request, "lookups/plate.html", context)
