"""What a lookup costs where governance is put together from packages; code of the benchmark only."""

from django.apps import AppConfig


class BaselineConfig(AppConfig):
    name = "benchmarks.baseline"
    label = "baseline"
