"""Steps 2, 4 and 5: look-ups that are refused, one that is permitted, and the trail that they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from apps.access.services import QueryRefused
from apps.audit import services as audit
from apps.audit.types import TrailFilters
from apps.ledger import selectors as ledger
from apps.lookups import services as lookups
from apps.lookups.types import PlateResult
from rtcc_gov.tour.city import City
from rtcc_gov.tour.runner import Figures, StepFailed, require

REFUSALS: dict[str, tuple[dict[str, str], str]] = {
    "refused_no_reason": ({"reason": ""}, "REASON_MISSING"),
    "refused_vague_reason": ({"reason": "investigation"}, "REASON_VAGUE"),
    "refused_no_training": ({"who": "lapsed"}, "TRAINING_EXPIRED"),
    "refused_wrong_role": ({"who": "council"}, "ROLE_NOT_PERMITTED"),
    "refused_prohibited_purpose": ({"purpose": "IMMIGRATION_ENFORCEMENT"}, "PURPOSE_PROHIBITED"),
}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement that the block sends."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: object, many: bool, context: dict[str, Any]) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def be_refused(city: City, changes: dict[str, str], code: str) -> Figures:
    """Ask for what may not be asked: refused with its code, in the ledger, and no governed table in any statement."""
    request = city.request(**changes)
    with statements() as seen:
        try:
            lookups.find_plate(request=request)
        except QueryRefused as refusal:
            refused = refusal
        else:
            require(False, "the look-up was permitted")
    codes = list(refused.decision.refusal_codes)
    require(code in codes, f"refused with {codes}, not with {code}")
    governed = [sql for sql in seen if "records_" in sql or "rtcc_reader" in sql]
    require(not governed, "a governed table was touched")
    entry = ledger.get_entry(reference=refused.receipt.reference)
    require(entry.event == "QUERY_DECIDED" and entry.details["outcome"] == "REFUSED", "the refusal is not in the log")
    require(set(codes) <= set(entry.details["refusals"]), "the log has other grounds than the refusal")
    return {
        "codes": codes,
        "remedy": refused.decision.refusals[0].remedy,
        "entry": entry.reference,
        "statements": len(seen),
        "governed_statements": 0,
    }


class Look:
    """One permitted look-up, and what the auditor finds of it."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._result: PlateResult | None = None

    @property
    def result(self) -> PlateResult:
        if self._result is None:
            raise StepFailed("there is no look-up to go on with")
        return self._result

    def look_up(self) -> Figures:
        """A justified look-up: the plate's reads, newest first, with a receipt."""
        self._result = result = lookups.find_plate(request=self.city.request())
        moments = [row.occurred_at for row in result.rows]
        require(bool(moments), "the plate was not found")
        require(moments == sorted(moments, reverse=True), "the reads are not newest first")
        require({row.plate for row in result.rows} == {self.city.request().plate}, "other plates were shown")
        return {
            "rows": len(result.rows),
            "newest": moments[0].isoformat(),
            "oldest": moments[-1].isoformat(),
            "truncated": result.truncated,
            "rules": list(result.decision.rule_ids),
            "policy_version": result.decision.policy_version,
            "receipt": {"entry": result.receipt.reference, "leaf_hash": result.receipt.leaf_hash.hex()},
        }

    def read_trail(self) -> Figures:
        """An auditor finds the look-up by its case number, and that reading is in the ledger itself."""
        auditor, result = self.city.people["auditor"], self.result
        trail = audit.find_trail(actor=auditor, filters=TrailFilters(case_number=self.city.case_number))
        rows = [row for row in trail.rows if row.reference == result.query_reference]
        require(len(rows) == 1, "the look-up is not in the trail of its case")
        row = rows[0]
        require(row.actor == self.city.people["analyst"].reference, "the trail names somebody else")
        require(row.reason == self.city.request().reason, "the trail has another reason")
        require(row.row_count == len(result.rows), "the trail has another number of rows")
        require(row.policy_version == result.decision.policy_version, "the trail has another policy version")
        require(row.rule_ids == result.decision.rule_ids, "the trail has other rules")
        reading = ledger.get_entry(reference=trail.receipt_reference)
        is_recorded = reading.event == "TRAIL_READ" and reading.actor == auditor.reference
        require(is_recorded, "the reading is not in the log")
        return {
            "case_number": self.city.case_number,
            "who": row.actor,
            "why": row.reason,
            "purpose": row.purpose,
            "policy_version": row.policy_version,
            "rules": list(row.rule_ids),
            "rows_shown": row.row_count,
            "own_reading": reading.reference,
        }
