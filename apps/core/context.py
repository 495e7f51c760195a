"""What does every page know?"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {"is_demo": settings.RTCC_DEMO, "actor": getattr(request, "actor", None), "build": get_build()}


@lru_cache(maxsize=1)
def get_build() -> str:
    """The product's version, as its `pyproject.toml` states it."""
    with (Path(settings.BASE_DIR) / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
