#!/usr/bin/env python
"""Runs a management command, with the embedded PostgreSQL started where no database is set."""

import os
import sys

SET_UP_COMMANDS = {"migrate", "makemigrations", "core_prepare_database", "sqlmigrate", "showmigrations"}
DEMO_COMMANDS = {"tour", "demo_set_up", "demo_generate_city"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcc_gov.settings")
    os.environ.setdefault("RTCC_PROCESS", "setup" if set(sys.argv[1:2]) & SET_UP_COMMANDS else "operator")
    if set(sys.argv[1:2]) & DEMO_COMMANDS:
        os.environ.setdefault("RTCC_DEMO", "1")
    from django.core.management import execute_from_command_line

    from apps.core.embedded import database_environment

    with database_environment():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
