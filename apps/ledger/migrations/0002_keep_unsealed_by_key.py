from django.db import migrations

# Counting one by one, without sequential scans, looks each leaf up by its key. A join, planned by a session while the
# log was empty, compared every row with every other: a backlog of 60,000 entries could not be sealed.
KEEP_UNSEALED = """
CREATE OR REPLACE FUNCTION ledger_keep_unsealed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM removed WHERE (SELECT count(*) FROM ledger_leaf leaf WHERE leaf.entry_id = removed.entry_id) = 0
    ) THEN
        RAISE EXCEPTION 'an entry leaves ledger_pending only once sealed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(KEEP_UNSEALED, migrations.RunSQL.noop)]
