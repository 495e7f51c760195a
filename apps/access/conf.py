"""Settings of access."""

from __future__ import annotations

# Longer than any search may take; a grant that was not released is over by then.
GRANT_SECONDS = 60.0
# How many of a person's last queries a new reason is compared with.
RECENT_QUERIES = 20
# Nobody justifies a look-up at greater length, and a check of words has to end.
MOST_REASON_CHARACTERS = 2_000
# How many cases one statement writes.
CASES_AT_ONCE = 2_000
