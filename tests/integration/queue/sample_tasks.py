"""Tasks that a real worker runs in the tests; each leaves a line in a file so that what happened can be counted."""

from __future__ import annotations

import os
import time
from pathlib import Path

from celery import Task, shared_task


def _note(path: str, word: str) -> None:
    with Path(path).open("a") as file:
        file.write(word + "\n")


@shared_task(name="sample.note")
def note(*, path: str, word: str) -> None:
    _note(path, word)


@shared_task(name="sample.fail_once", bind=True, autoretry_for=(OSError,), max_retries=3, default_retry_delay=2)
def fail_once(self: Task, *, path: str) -> None:
    _note(path, f"try {self.request.retries}")
    if self.request.retries == 0:
        raise OSError("transient")


@shared_task(name="sample.die_once")
def die_once(*, path: str) -> None:
    """Kill the process in the middle of the work the first time."""
    first = not Path(path).exists()
    _note(path, "began")
    if first:
        os.kill(os.getppid(), 9)
        os.kill(os.getpid(), 9)
    time.sleep(0.1)
    _note(path, "done")
