from pathlib import Path

from django.db import migrations, models

from apps.access.operations import ProtectTable

SQL = Path(__file__).resolve().parents[1] / "sql"


def bucket_fields(*, is_read):
    return [
        ("pk", models.CompositePrimaryKey("day", "id", blank=True, editable=False, primary_key=True, serialize=False)),
        ("day", models.DateField()),
        ("id", models.BigIntegerField()),
        ("occurred_at", models.DateTimeField()),
        ("received_at", models.DateTimeField()),
        ("source_id", models.IntegerField()),
        *([("device_id", models.IntegerField(null=True))] if is_read else []),
        ("latitude", models.FloatField(null=True)),
        ("longitude", models.FloatField(null=True)),
        ("h3_cell", models.BigIntegerField(null=True)),
        ("event_token", models.BinaryField(max_length=16)),
        *([("plate_token", models.BinaryField(max_length=16))] if is_read else []),
        ("sealed", models.BinaryField()),
    ]


class Migration(migrations.Migration):
    initial = True

    dependencies = [("access", "0001_initial"), ("keys", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL((SQL / "tables.sql").read_text(encoding="utf-8"))],
            state_operations=[
                migrations.CreateModel(
                    name="PlateRead",
                    fields=bucket_fields(is_read=True),
                    options={"governed_category": "PLATE_READ", "abstract": False},
                ),
                migrations.CreateModel(
                    name="CallForService",
                    fields=bucket_fields(is_read=False),
                    options={"governed_category": "CALL_FOR_SERVICE", "abstract": False},
                ),
            ],
        ),
        migrations.CreateModel(
            name="PreservedRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hold_reference", models.UUIDField()),
                ("case_number", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("read_id", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("source_id", models.IntegerField()),
                ("device_id", models.IntegerField(null=True)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("h3_cell", models.BigIntegerField(null=True)),
                ("plate_token", models.BinaryField(max_length=16)),
                ("sealed", models.BinaryField()),
                ("preserved_at", models.DateTimeField()),
            ],
            options={
                "governed_category": "PLATE_READ",
                "abstract": False,
                "indexes": [models.Index(fields=["hold_reference"], name="records_preserved_hold")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case_number", "day", "read_id"), name="records_preserved_once_a_case"
                    )
                ],
            },
        ),
        ProtectTable(table="records_plateread", category="PLATE_READ"),
        ProtectTable(table="records_callforservice", category="CALL_FOR_SERVICE"),
        ProtectTable(table="records_preservedread", category="PLATE_READ"),
        migrations.RunSQL((SQL / "preserved.sql").read_text(encoding="utf-8")),
        migrations.RunSQL((SQL / "functions.sql").read_text(encoding="utf-8")),
    ]
