"""Ordinance: the documents that a surveillance ordinance asks for."""

from django.apps import AppConfig


class OrdinanceConfig(AppConfig):
    name = "apps.ordinance"
    label = "ordinance"
