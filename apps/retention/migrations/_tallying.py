"""The trigger that tallies every insert into a bucketed table.

It runs as the owner, so whoever may insert need not be able to read, and it sees the new rows of the statement only.
"""

FUNCTION = """
CREATE FUNCTION retention_tally_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO retention_bucketchunk
        (category, day, source_id, rows, first_id, last_id, digest, device_ids, device_rows)
    SELECT '{category}', t.day, t.source_id, t.rows, t.first_id, t.last_id, t.digest, d.ids, d.counts
    FROM (
        SELECT day, source_id, count(*)::int AS rows, min(id) AS first_id, max(id) AS last_id,
               sha256(string_agg(event_token, ''::bytea ORDER BY id)) AS digest
        FROM fresh GROUP BY day, source_id
    ) t JOIN (
        SELECT day, source_id, array_agg(device ORDER BY device) AS ids, array_agg(amount ORDER BY device) AS counts
        FROM (
            SELECT day, source_id, {device} AS device, count(*)::int AS amount
            FROM fresh GROUP BY 1, 2, 3
        ) g GROUP BY day, source_id
    ) d USING (day, source_id)
    ORDER BY t.day, t.source_id;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER retention_tally AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION retention_tally_{table}()
"""


def tally(*, table: str, category: str, device: str) -> tuple[list[str], list[str]]:
    """SQL that starts and stops tallying `table`; `device` is the expression for a row's device."""
    start = [
        FUNCTION.format(table=table, category=category, device=device),
        f"REVOKE ALL ON FUNCTION retention_tally_{table}() FROM PUBLIC",
        TRIGGER.format(table=table),
    ]
    return start, [f"DROP TRIGGER retention_tally ON {table}", f"DROP FUNCTION retention_tally_{table}()"]
