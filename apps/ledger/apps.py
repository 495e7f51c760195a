"""Ledger: the append-only log of who did what and why, its Merkle tree and its signed checkpoints."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "apps.ledger"
    label = "ledger"
