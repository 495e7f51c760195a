"""What is a measure, and on what machine was it taken?"""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure with its baseline of the same run.

    :param ratio: how the figure stands to the baseline, in the direction that the target speaks of
    :param target: the target in words; `met` says whether this run reached it
    """

    name: str
    value: float
    unit: str
    baseline_name: str = ""
    baseline: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def machine_facts(postgres_version: str) -> dict[str, Any]:
    """Cores, memory, processor and versions; nothing that names the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else ""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "processor": model or platform.processor(),
        "python": platform.python_version(),
        "postgresql": postgres_version,
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }
