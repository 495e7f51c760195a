"""Creates roles, logins and the database on the server, installs the queue, and migrates."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.core.bootstrap import install_queue, prepare_cluster


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RTCC_DATABASE_ADMIN_URL:
            raise CommandError(
                "Set RTCC_DATABASE_ADMIN_URL to a PostgreSQL address whose user may create roles and databases."
            )
        database = str(settings.DATABASES["default"]["NAME"])
        try:
            created = prepare_cluster(settings.RTCC_DATABASE_ADMIN_URL, database=database)
        except psycopg.Error as error:
            raise CommandError(f"The database server refused to be prepared: {error}") from error
        self.stdout.write(f"database {database} {'created' if created else 'found'}")
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        if not settings.RTCC_BROKER_URL:
            install_queue(settings.RTCC_DATABASE_ADMIN_URL, database=database)
            self.stdout.write("queue installed")
