"""Accounts: agencies, people, roles, training, sign-in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = "Agencies and people"
