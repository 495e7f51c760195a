"""Background work: RabbitMQ where `RTCC_BROKER_URL` names it, else the same PostgreSQL through pgmq."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings
from kombu import Exchange, Queue
from psycopg.conninfo import make_conninfo

from apps.core.bootstrap import QUEUES
from apps.core.db import QUEUE_LOGIN

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcc_gov.settings")

EXCHANGE = Exchange("rtcc", type="topic")
LONGEST_TASK_SECONDS = 3600


def broker_options() -> dict[str, Any]:
    """Where the queues live. A task that dies comes back once its visibility timeout is over."""
    if settings.RTCC_BROKER_URL:
        return {
            "broker_url": settings.RTCC_BROKER_URL,
            "broker_transport_options": {"confirm_publish": True},
            # Delayed delivery through quorum queues needs a topic exchange.
            "task_queues": [
                Queue(name, EXCHANGE, routing_key=name, queue_arguments={"x-queue-type": "quorum"}) for name in QUEUES
            ],
            "task_default_exchange": EXCHANGE.name,
            "task_default_exchange_type": EXCHANGE.type,
            "task_default_routing_key": "default",
            "task_default_queue_type": "quorum",
        }
    database = settings.DATABASES["default"]
    address = {
        "host": database["HOST"],
        "port": database["PORT"],
        "dbname": database["NAME"],
        "user": QUEUE_LOGIN,
        "password": database["PASSWORD"],
    }
    return {
        "broker_url": "pgmq://localhost",
        "broker_transport_options": {
            "conn_string": make_conninfo(**{key: value for key, value in address.items() if value}),
            "init_extension": False,
            "use_notify": True,
            "visibility_timeout": LONGEST_TASK_SECONDS + 300,
            "wait_time_seconds": 1,
            "pool_size": 4,
            "pool_timeout": 3,
        },
        "task_create_missing_queues": True,
    }


app = Celery("rtcc_gov")
app.conf.update(
    **broker_options(),
    task_default_queue="default",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=LONGEST_TASK_SECONDS,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule=settings.RTCC_BEAT_SCHEDULE,
    beat_schedule_filename=str(settings.RTCC_VAR_DIR / "beat-schedule"),
)
app.autodiscover_tasks()


@worker_ready.connect
def catch_up(**_: object) -> None:
    """A machine that was off does at once what fell due meanwhile."""
    for entry in settings.RTCC_BEAT_SCHEDULE.values():
        app.send_task(entry["task"], queue=entry["options"]["queue"])
