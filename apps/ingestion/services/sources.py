"""How does a source come to deliver? One person registers it, another approves it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from apps.accounts import selectors as people
from apps.accounts import services as accounts
from apps.core.errors import ConflictFound, InvalidInput, NotAllowed
from apps.ingestion import events, rules, selectors
from apps.ingestion.adapters import ADAPTERS
from apps.ingestion.models import Source
from apps.ingestion.types import SourceView
from apps.ledger import services as ledger

SYSTEM = "system:"


class SourceInvalid(InvalidInput):
    code = "SOURCE_INVALID"


class SourceExists(ConflictFound):
    code = "SOURCE_EXISTS"


class ApprovalRefused(NotAllowed):
    code = "APPROVAL_REFUSED"


def require_importer(actor: str) -> None:
    """:raises PermissionMissing: unless `actor` is one of the system's own or a person who may import files"""
    if not actor.startswith(SYSTEM):
        accounts.require_permission(actor=people.get_actor(reference=actor), permission="import_files")


def register_source(
    *,
    code: str,
    name: str,
    adapter: str,
    actor: str,
    now: datetime,
    zone_name: str = "",
    device_references: Mapping[str, str] | None = None,
) -> SourceView:
    """Register a feed. It delivers nothing until somebody else has approved it.

    :param adapter: a code of `ADAPTERS`
    :param zone_name: the IANA name of the zone of times that carry none
    :param device_references: the feed's camera names → references of registered devices, where the two differ
    :raises SourceInvalid: if the adapter or the zone is not known
    :raises SourceExists: if the code is taken
    """
    require_importer(actor)
    if adapter not in ADAPTERS:
        raise SourceInvalid(f"There is no format {adapter}.", remedy="Choose one of: " + ", ".join(ADAPTERS) + ".")
    if zone_name and not _is_zone(zone_name):
        raise SourceInvalid(f"There is no time zone {zone_name}.", remedy="Give its IANA name.")
    with transaction.atomic():
        if Source.objects.filter(code=code).exists():
            raise SourceExists(f"There is a source {code} already.", remedy="Choose another code.")
        source = Source(
            code=code,
            name=name,
            adapter=adapter,
            kind=ADAPTERS[adapter].kind.value,
            zone_name=zone_name,
            device_references=dict(device_references or {}),
            registered_by=actor,
            registered_at=now,
        )
        source._change_reason = actor
        source.save(force_insert=True)
        ledger.append(
            event=events.SOURCE_REGISTERED,
            actor=actor,
            subject=code,
            details={"adapter": adapter, "kind": source.kind, "devices": len(source.device_references)},
        )
    return selectors.view_source(source)


def approve_source(*, code: str, actor: str, now: datetime) -> SourceView:
    """Let a source deliver.

    :raises ApprovalRefused: if `actor` registered it, or it is approved already
    """
    require_importer(actor)
    selectors.get_source(code=code)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(code=code)
        grounds = rules.get_approval_refusals(
            registrar=source.registered_by, approver=actor, is_approved=source.approved_at is not None
        )
        if grounds:
            raise ApprovalRefused(
                "A source is approved once, by somebody else than who registered it.",
                code=grounds[0],
                remedy="Ask a second person who may import files.",
            )
        source.approved_by, source.approved_at = actor, now
        source._change_reason = actor
        source.save()
        ledger.append(event=events.SOURCE_APPROVED, actor=actor, subject=code, details={"adapter": source.adapter})
    return selectors.view_source(source)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
