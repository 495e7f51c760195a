import django.db.models.deletion
from django.db import migrations, models

from apps.core.operations import AppendOnly, Privileges

QUEUE_ENTRIES = """
CREATE FUNCTION ledger_queue_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_pending (entry_id) SELECT id FROM added;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_queue_entries() FROM PUBLIC;
CREATE TRIGGER ledger_entry_queue AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION ledger_queue_entries();
"""

# Fires after the whole statement, so it sees the leaves that the sealer wrote in it.
KEEP_UNSEALED = """
CREATE FUNCTION ledger_keep_unsealed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM removed WHERE NOT EXISTS (SELECT FROM ledger_leaf WHERE ledger_leaf.entry_id = removed.entry_id)
    ) THEN
        RAISE EXCEPTION 'an entry leaves ledger_pending only once sealed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_keep_unsealed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_keep_unsealed() TO rtcc_sealer;
CREATE TRIGGER ledger_pending_keep AFTER DELETE ON ledger_pending REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_unsealed();
CREATE TRIGGER ledger_pending_fixed BEFORE UPDATE OR TRUNCATE ON ledger_pending
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.UUIDField(unique=True)),
                ("event", models.CharField(max_length=64)),
                ("actor", models.CharField(max_length=128)),
                ("subject", models.CharField(max_length=128)),
                ("agency", models.CharField(blank=True, max_length=128)),
                ("case_number", models.CharField(blank=True, max_length=128)),
                ("recorded_at", models.DateTimeField()),
                ("canonical", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recorded_at", "id"], name="ledger_entry_moment"),
                    models.Index(fields=["actor", "recorded_at", "id"], name="ledger_entry_actor"),
                    models.Index(fields=["subject", "recorded_at", "id"], name="ledger_entry_subject"),
                    models.Index(
                        condition=models.Q(("case_number", ""), _negated=True),
                        fields=["case_number", "recorded_at", "id"],
                        name="ledger_entry_case",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        serialize=False,
                        to="ledger.entry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="leaf",
                        to="ledger.entry",
                    ),
                ),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("index__gte", 0)), name="ledger_leaf_index_counts_from_zero"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hashes", models.BinaryField(max_length=8192)),
                ("root", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField()),
                ("note", models.TextField()),
            ],
        ),
        # Hashes do not compress.
        migrations.RunSQL("ALTER TABLE ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL", migrations.RunSQL.noop),
        Privileges(
            table="ledger_entry",
            grants={
                "rtcc_app, rtcc_ingest, rtcc_purge": ["INSERT", "SELECT (id, reference)"],
                "rtcc_auditor, rtcc_sealer": ["SELECT"],
            },
        ),
        Privileges(
            table="ledger_pending", grants={"rtcc_sealer": ["SELECT", "DELETE"], "rtcc_auditor, rtcc_app": ["SELECT"]}
        ),
        Privileges(
            table="ledger_leaf", grants={"rtcc_sealer": ["SELECT", "INSERT"], "rtcc_auditor, rtcc_app": ["SELECT"]}
        ),
        Privileges(
            table="ledger_tile", grants={"rtcc_sealer": ["SELECT", "INSERT"], "rtcc_auditor, rtcc_app": ["SELECT"]}
        ),
        Privileges(
            table="ledger_checkpoint",
            grants={"rtcc_sealer": ["SELECT", "INSERT"], "rtcc_auditor, rtcc_app": ["SELECT"]},
        ),
        AppendOnly(table="ledger_entry"),
        AppendOnly(table="ledger_leaf"),
        AppendOnly(table="ledger_tile"),
        AppendOnly(table="ledger_checkpoint"),
        migrations.RunSQL(QUEUE_ENTRIES, "DROP FUNCTION ledger_queue_entries() CASCADE"),
        migrations.RunSQL(KEEP_UNSEALED, "DROP FUNCTION ledger_keep_unsealed() CASCADE"),
    ]
