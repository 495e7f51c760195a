"""How do codes and sizes read for a person?"""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def in_words(code: object) -> str:
    """`PLATE_READ` reads "Plate read"; what is empty reads as a dash."""
    text = str(code or "")
    return text.replace("_", " ").capitalize() if text else "–"


@register.filter
def moment(value: datetime | None) -> str:
    """A moment in the agency's zone, with the zone's name."""
    return timezone.localtime(value).strftime("%b %-d, %Y %H:%M:%S %Z") if value else "–"


@register.filter
def shortened(code: object) -> str:
    """The first twelve characters of a hash or a reference; the whole stands on the entry's own page."""
    return f"{str(code)[:12]}…" if len(str(code)) > 13 else str(code)


@register.filter
def percent(share: float | None) -> str:
    """0.934 reads "93 %"."""
    return "–" if share is None else f"{share * 100:.0f} %"


@register.filter
def from_iso(text: str) -> datetime:
    """The moment that a document states in ISO 8601."""
    return datetime.fromisoformat(text)
