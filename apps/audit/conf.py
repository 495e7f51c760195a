"""Settings of audit."""

from __future__ import annotations

PAGE_ROWS = 50
# A narrow filter may find little: after so many entries the page ends, and the next one goes on from there.
MOST_SCANNED = 2_000
SCAN_ROWS = 200
