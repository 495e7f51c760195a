"""Policy: purposes, rules, retention periods, versions and the decisions made under them."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "apps.policy"
    label = "policy"
    verbose_name = "Policy"
