"""What does `make run` do? Starts the database, prepares it, fills it on the first start, and runs every process.

Ctrl-C stops all of it. If one process ends, the others are stopped too and the exit code says so.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from honcho.manager import Manager

from apps.core.embedded import database_environment, var_dir

HOST = "127.0.0.1"
PROJECT = Path(__file__).resolve().parents[1]
QUEUES = "default,ingestion,retention,ledger"


def processes(port: int) -> dict[str, tuple[str, str]]:
    """Name of each process → its kind (which database login it gets) and its command."""
    python = sys.executable
    return {
        "web": (
            "web",
            f"{python} -m uvicorn rtcc_gov.asgi:application --host {HOST} --port {port} --log-level warning",
        ),
        "worker": ("worker", f"{python} -m celery -q -A rtcc_gov worker -Q {QUEUES} -c 2 -l WARNING --without-gossip"),
        "beat": ("worker", f"{python} -m celery -q -A rtcc_gov beat -l WARNING"),
        "sealer": ("worker", f"{python} manage.py ledger_run_sealer"),
    }


def say(line: str) -> None:
    """Progress goes to standard error; standard output belongs to whoever asked for data."""
    print(line, file=sys.stderr, flush=True)


def stop(sentence: str) -> NoReturn:
    say(sentence)
    raise SystemExit(1)


def require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            stop(f"Port {port} is taken; stop what uses it or choose another: make run PORT={port + 1}")


def step(what: str, command: Sequence[str], *, remedy: str) -> None:
    """Run one step of the preparation; a step that fails stops the start with a sentence."""
    began = time.monotonic()
    say(f"· {what}")
    result = subprocess.run([sys.executable, "manage.py", *command], cwd=PROJECT, stdout=sys.stderr, check=False)
    if result.returncode:
        stop(f"{what} failed (see above). {remedy}")
    if time.monotonic() - began > 5:
        say(f"  done in {time.monotonic() - began:.0f} s")


def prepare() -> None:
    """Make the database, its roles and tables, and in demo mode the demo city, where they are not there yet."""
    os.environ.pop("RTCC_PROCESS", None)
    (var_dir() / "static").mkdir(parents=True, exist_ok=True)
    step(
        "Preparing the database",
        ["core_prepare_database", "--verbosity", "0"],
        remedy="Check RTCC_DATABASE_URL and RTCC_DATABASE_ADMIN_URL, or unset both to use the embedded database.",
    )
    if os.environ.get("RTCC_DEMO") == "1":
        step(
            "Loading the demo city (only on the first start)",
            ["demo_set_up"],
            remedy=f"To start afresh, stop everything and remove {var_dir()}.",
        )


def serve(port: int) -> int:
    manager = Manager()
    for name, (kind, command) in processes(port).items():
        # A worker that is told to stop stops at once: what it had in hand is done again by the next.
        environment = {**os.environ, "RTCC_PROCESS": kind, "REMAP_SIGTERM": "SIGQUIT"}
        manager.add_process(name, command, quiet=False, env=environment, cwd=str(PROJECT))
    say(f"\nServing on http://{HOST}:{port} — Ctrl-C stops everything.\n")
    manager.loop()
    # Stopped by the person: the processes' own exit codes say nothing.
    return 0 if manager.returncode in (0, -signal.SIGINT, -signal.SIGTERM, 130, 143) else int(manager.returncode or 0)


def main() -> int:
    port = int(os.environ.get("PORT", "8000"))
    require_free_port(port)
    try:
        with database_environment():
            prepare()
            return serve(port)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
