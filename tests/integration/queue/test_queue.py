"""The queue keeps its promises on whichever broker this run has: work is done, retried, delayed, survives a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from apps.core.bootstrap import install_queue
from rtcc_gov.celery import app

PROJECT = Path(__file__).resolve().parents[3]
VISIBILITY_SECONDS = 3


@pytest.fixture
def queue(committed_db: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """A queue of the test's own on the broker of this run."""
    install_queue(os.environ["RTCC_DATABASE_ADMIN_URL"], database=str(connection.settings_dict["NAME"]))
    yield "default"
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge("default")


@pytest.fixture
def start_worker(queue: str) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        code = (
            "from rtcc_gov.celery import app; import tests.integration.queue.sample_tasks;"
            f"app.conf.broker_transport_options['visibility_timeout'] = {VISIBILITY_SECONDS};"
            f"app.worker_main(['worker', '-Q', '{queue}', '-c', '1', '-l', 'WARNING', '--without-gossip'])"
        )
        worker = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=PROJECT,
            env={**os.environ, "RTCC_PROCESS": "worker", "DJANGO_SETTINGS_MODULE": "rtcc_gov.settings"},
            start_new_session=True,
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def wait_for(path: Path, lines: list[str], *, seconds: float = 30) -> list[str]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = path.read_text().splitlines() if path.exists() else []
        if found == lines:
            return found
        time.sleep(0.05)
    return path.read_text().splitlines() if path.exists() else []


def send(name: str, queue: str, *, countdown: float | None = None, **kwargs: str) -> None:
    app.send_task(name, kwargs=kwargs, queue=queue, countdown=countdown)


def test_work_that_is_sent_is_done_once(queue, start_worker, tmp_path) -> None:  # type: ignore[no-untyped-def]
    notes = tmp_path / "notes"
    start_worker()
    for n in range(5):
        send("sample.note", queue, path=str(notes), word=f"{n}")
    wait_for(notes, [str(n) for n in range(5)])
    time.sleep(VISIBILITY_SECONDS + 1)
    assert sorted(notes.read_text().split()) == ["0", "1", "2", "3", "4"]


def test_work_that_is_delayed_is_done_later(queue, start_worker, tmp_path) -> None:  # type: ignore[no-untyped-def]
    notes = tmp_path / "notes"
    start_worker()
    send("sample.note", queue, countdown=4, path=str(notes), word="late")
    send("sample.note", queue, path=str(notes), word="soon")
    assert wait_for(notes, ["soon", "late"]) == ["soon", "late"]


def test_work_that_fails_in_passing_is_retried(queue, start_worker, tmp_path) -> None:  # type: ignore[no-untyped-def]
    notes = tmp_path / "notes"
    start_worker()
    send("sample.fail_once", queue, path=str(notes))
    assert wait_for(notes, ["try 0", "try 1"]) == ["try 0", "try 1"]


def test_work_whose_worker_was_killed_is_done_by_the_next(queue, start_worker, tmp_path) -> None:  # type: ignore[no-untyped-def]
    notes = tmp_path / "notes"
    first = start_worker()
    send("sample.die_once", queue, path=str(notes))
    wait_for(notes, ["began"])
    first.wait(timeout=20)
    start_worker()
    assert wait_for(notes, ["began", "began", "done"]) == ["began", "began", "done"]
