"""The read door for people: where was this plate read?"""

from __future__ import annotations

from collections.abc import Sequence

from apps.access import services as access
from apps.access.types import Grant, QueryRequest
from apps.assets import selectors as assets
from apps.core import clock
from apps.core.paging import MOST_ROWS
from apps.lookups.types import PlateRequest, PlateResult, PlateRow
from apps.records import reads
from apps.records.rules import normalise_plate
from apps.records.types import Category, PlateReadView, PlateSearch

ACTION = "LOOKUP"


def find_plate(*, request: PlateRequest) -> PlateResult:
    """Reads of one whole plate inside the grant's window, and those that the case keeps, newest first.

    There are at most as many as the policy allows.

    :raises PlateInvalid: if the plate is none, or part of one
    :raises QueryRefused: if the policy in force does not permit the request; the refusal is recorded
    """
    plate = normalise_plate(request.plate)

    def search(grant: Grant) -> PlateSearch:
        most = min(grant.most_rows, MOST_ROWS)
        found = reads.search_plate(grant=grant, plate=plate, window=request.window, most=most)
        return reads.merge(found, reads.search_preserved(grant=grant, plate=plate, most=most), most=most)

    answer = access.run_query(
        request=QueryRequest(
            actor=request.actor,
            action=ACTION,
            category=Category.PLATE_READ.value,
            purpose=request.purpose,
            offence=request.offence,
            case_number=request.case_number,
            reason=request.reason,
            window=request.window,
            criteria={"plate": plate},
        ),
        search=search,
    )
    return PlateResult(
        rows=_show(answer.result.rows),
        receipt=answer.receipt,
        decision=answer.decision,
        query_reference=answer.query_reference,
        truncated=answer.result.is_truncated,
    )


def _show(found: Sequence[PlateReadView]) -> list[PlateRow]:
    zone = clock.get_local_zone()
    devices = assets.get_devices_by_id(device_ids={read.device_id for read in found if read.device_id is not None})
    rows = []
    for read in found:
        device = devices.get(read.device_id) if read.device_id is not None else None
        rows.append(
            PlateRow(
                read_id=f"{read.day.isoformat()}/{read.read_id}",
                occurred_at=read.occurred_at.astimezone(zone),
                plate=read.plate,
                region=read.region,
                confidence=read.confidence,
                device_reference=device.reference if device else "",
                device_name=device.name if device else "Device not registered",
                latitude=read.latitude,
                longitude=read.longitude,
                is_preserved=read.is_preserved,
            )
        )
    return rows
