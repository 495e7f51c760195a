"""As `benchmarks.settings`, but the process is a superuser of the database: what a site without governance is."""

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import DATABASES

DATABASES["default"]["USER"] = "postgres"
DATABASES["default"]["OPTIONS"].pop("options")
