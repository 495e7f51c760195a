from django.db import migrations, models

from apps.core.operations import AppendOnly, Privileges

EVERYBODY = ("rtcc_app", "rtcc_reader", "rtcc_ingest", "rtcc_purge", "rtcc_auditor", "rtcc_sealer")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeyStore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kek_fingerprint", models.CharField(max_length=64)),
                ("public_key", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=40)),
                ("label", models.CharField(max_length=64)),
                ("key_id", models.UUIDField(unique=True)),
                ("created_at", models.DateTimeField()),
                ("destroyed_at", models.DateTimeField(null=True)),
                ("destroyed_by", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("category", "label"), name="keys_datakey_one_per_scope"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("destroyed_at__isnull", True), ("destroyed_by", "")),
                            models.Q(("destroyed_at__isnull", False), models.Q(("destroyed_by", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="keys_datakey_destroyed_at_and_by",
                    ),
                ],
            },
        ),
        Privileges(
            table="keys_keystore",
            grants={"rtcc_app, rtcc_ingest, rtcc_purge, rtcc_sealer": ["INSERT"], ", ".join(EVERYBODY): ["SELECT"]},
        ),
        AppendOnly(table="keys_keystore"),
        Privileges(
            table="keys_datakey",
            grants={
                "rtcc_app, rtcc_purge": ["SELECT", "INSERT", "UPDATE (destroyed_at, destroyed_by)"],
                "rtcc_auditor": ["SELECT"],
            },
        ),
    ]
