"""The product's settings with the baselines' app beside it."""

from rtcc_gov.settings import *  # noqa: F403
from rtcc_gov.settings import INSTALLED_APPS as PRODUCT_APPS

INSTALLED_APPS = [*PRODUCT_APPS, "auditlog", "benchmarks.baseline"]
ROOT_URLCONF = "benchmarks.urls"
