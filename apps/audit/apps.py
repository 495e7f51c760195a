"""Audit: who looked, why, under which rule, and the proof that the record of it stands."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "apps.audit"
    label = "audit"
