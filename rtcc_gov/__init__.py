"""The project: settings, addresses, queue; it wires everything and decides nothing."""

from rtcc_gov.celery import app as celery_app

__all__ = ("celery_app",)
