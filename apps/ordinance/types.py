"""What does the council receive?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """A built report. `canonical` is the JSON as it was hashed; `pdf` was made from it and from nothing else."""

    reference: str
    document: Mapping[str, Any]
    canonical: bytes
    pdf: bytes
    digest: str
    starts_at: datetime
    ends_at: datetime
    built_at: datetime
    built_by: str
    ledger_reference: str


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """A report as the list shows it."""

    reference: str
    starts_at: datetime
    ends_at: datetime
    built_at: datetime
    built_by: str
