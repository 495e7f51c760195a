"""How is a report for the council made? Counted, derived again from the entries, compared, written."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts.services import require_permission
from apps.accounts.types import ActorSnapshot
from apps.core import clock
from apps.core.errors import ConflictFound
from apps.core.types import Window
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ordinance import counting, document, events, figures, selectors
from apps.ordinance.figures import ACCESS_FIGURES, Figure
from apps.ordinance.models import AccessReport
from apps.ordinance.types import ReportView


class FiguresDiffer(ConflictFound):
    """The two ways of counting disagree, so no report is made: either the log was changed or a query is wrong."""

    code = "FIGURES_DIFFER"


def build_access_report(*, window: Window, actor: ActorSnapshot, now: datetime | None = None) -> ReportView:
    """Build the one-page report on access in `window` from the sealed entries of the log, as JSON and PDF.

    Entries that are not sealed yet are not in it; the checkpoint it names says up to where it counted.

    :raises PermissionMissing: if the actor may not read reports
    :raises CheckpointMissing: before the log's first seal
    :raises FiguresDiffer: if a figure is not the one derived again from the entries
    """
    require_permission(actor=actor, permission="read_report")
    now = now or clock.now()
    checkpoint = log.get_latest_checkpoint()
    counted = counting.count_figures(specs=ACCESS_FIGURES, window=window, size=checkpoint.size)
    told = [Figure(spec=spec, value=counted[spec.name]) for spec in ACCESS_FIGURES]
    rederived = figures.rederive_all(
        ACCESS_FIGURES,
        selectors.iterate_sealed(window=window, size=checkpoint.size),
        start=window.start,
        end=window.end,
    )
    differing = figures.find_differences(told, rederived)
    if differing:
        raise FiguresDiffer(
            f"These figures are not the ones derived again from the log: {', '.join(differing)}.",
            remedy="Verify the log with `ledger_verify_log` and tell the auditor.",
        )
    reference = uuid.uuid4()
    canonical = document.build_document(
        reference=str(reference),
        agency={"ori": actor.agency_ori, "name": accounts.get_agency(ori=actor.agency_ori).name},
        window=window,
        built_at=now,
        built_by=actor.reference,
        log={
            "origin": log.get_verifier().name,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "checkpoint": checkpoint.note,
        },
        figures=told,
    )
    pdf = document.render_pdf(canonical=canonical, zone=clock.get_local_zone())
    digest = hashlib.sha256(canonical).hexdigest()
    with transaction.atomic(durable=True):
        receipt = ledger.append(
            event=events.REPORT_BUILT,
            actor=actor.reference,
            subject=str(reference),
            details={
                "start": window.start.isoformat(),
                "end": window.end.isoformat(),
                "size": checkpoint.size,
                "root": checkpoint.root.hex(),
                "digest": digest,
            },
            agency=actor.agency_ori,
            now=now,
        )
        AccessReport.objects.create(
            reference=reference,
            starts_at=window.start,
            ends_at=window.end,
            built_at=now,
            built_by=actor.reference,
            log_size=checkpoint.size,
            canonical=canonical,
            pdf=pdf,
            digest=digest,
            ledger_reference=receipt.reference,
        )
    return selectors.get_report(reference=str(reference))


def check_report(*, report: ReportView) -> list[str]:
    """Derive every figure of a report again from the log as it is now; returns the names of those that differ.

    Reads every entry of the window, so it takes as long as the window is full.
    """
    told = [Figure.from_document(figure) for figure in report.document["figures"]]
    rederived = figures.rederive_all(
        [figure.spec for figure in told],
        selectors.iterate_sealed(
            window=Window(start=report.starts_at, end=report.ends_at), size=report.document["log"]["size"]
        ),
        start=report.starts_at,
        end=report.ends_at,
    )
    return figures.find_differences(told, rederived)
