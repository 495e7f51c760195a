"""What is done on every page: sign in, look at it with axe, at both widths, and keep a picture where one is wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

PROJECT = Path(__file__).resolve().parents[2]
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = PROJECT / "docs" / "screenshots"
MOST_BYTES = 150_000
WIDTHS = (1440, 390)
TALLEST = 1_800
GRAVE = {"serious", "critical"}


def sign_in(page: Page, name: str) -> None:
    """Press the button of a demo person."""
    page.goto("/sign-in/")
    page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="Sign out").wait_for()


def look_at(page: Page, name: str = "", *, shown: Sequence[int] = WIDTHS[:1]) -> None:
    """No serious fault for those who cannot see or point, and no page wider than its screen.

    :param name: of the picture, where one is wanted and RTCC_WRITE_SCREENSHOTS=1
    :param shown: the widths of which there is a picture
    """
    # Read by the debugger, not by a script tag: the site's policy permits none but its own.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in GRAVE
            for node in violation["nodes"]
        ]
        assert grave == [], f"{page.url} at {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} is wider than {width}"
        if name and width in shown and os.environ.get("RTCC_WRITE_SCREENSHOTS") == "1":
            _keep(page, f"{name}-{width}.png", width)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def _keep(page: Page, name: str, width: int) -> None:
    """A PNG of at most 256 colours, which is enough for a page and a fifth of the size."""
    page.wait_for_timeout(600)
    with Image.open(BytesIO(page.screenshot(full_page=True))) as shot:
        picture = shot.convert("RGB").crop((0, 0, width, min(shot.height, TALLEST)))
    for colours in (256, 64, 32):
        target = BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
        if target.tell() <= MOST_BYTES:
            break
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / name).write_bytes(target.getvalue())
