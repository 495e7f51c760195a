"""What does every page know?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {"is_demo": settings.RTCC_DEMO, "actor": getattr(request, "actor", None)}
