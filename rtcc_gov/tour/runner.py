"""How is the tour run? Step after step; each prints one JSON object and either is as it must be or says why not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from apps.core.errors import RtccError

Figures = Mapping[str, Any]


class StepFailed(Exception):
    """A step was not as it must be."""


def require(condition: bool, problem: str) -> None:
    if not condition:
        raise StepFailed(problem)


def run_step(name: str, step: Callable[[], Figures], write: Callable[[str], None]) -> bool:
    """Run one step and print `step`, `ok`, its figures and milliseconds."""
    began = time.perf_counter()
    outcome: dict[str, Any]
    try:
        outcome = {"step": name, "ok": True, **step()}
    except StepFailed as failure:
        outcome = {"step": name, "ok": False, "problem": str(failure)}
    except RtccError as error:
        outcome = {"step": name, "ok": False, "problem": error.message, "code": error.code, "remedy": error.remedy}
    outcome["ms"] = round((time.perf_counter() - began) * 1000, 1)
    write(json.dumps(outcome, ensure_ascii=False, default=str))
    return bool(outcome["ok"])
