"""How much at once, and how much is kept?"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

# Rows of one transaction: enough that a commit costs little, few enough that a kill costs little.
BATCH_ROWS = 20_000
# Records hold pictures at times, so a batch is bounded in bytes too.
BATCH_BYTES = 32 * 1024 * 1024
BLOCK_BYTES = 256 * 1024
# Rejected rows of one file that are kept to be looked at and retried; beyond them the file itself is wrong.
MOST_REJECTS_KEPT = 1_000
# A rejected record is kept whole up to here; of a longer one only that it was there.
LONGEST_REJECT_KEPT = 256 * 1024
MOST_RETRIED_AT_ONCE = 1_000
LARGEST_UPLOAD_BYTES = 512 * 1024 * 1024


def upload_dir() -> Path:
    """Where uploads wait, encrypted, for a worker."""
    return Path(settings.RTCC_VAR_DIR) / "uploads"
