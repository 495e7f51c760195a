"""`make run` serves, outlives its database and key file going away, stops cleanly, and says what to do if it cannot."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.core import embedded

PROJECT = Path(__file__).resolve().parents[2]
READS = "20000"
# make itself ends by the signal that the person sent.
STOPPED = (0, -signal.SIGINT)
STEPS = [
    "ingest",
    "refused_no_reason",
    "refused_vague_reason",
    "refused_no_training",
    "refused_wrong_role",
    "refused_prohibited_purpose",
    "bypass",
    "lookup",
    "trail",
    "seal",
    "purge",
    "report",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """As a newcomer has it: no RTCC variable but a folder of the test's own and a smaller city."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RTCC_", "PYTEST_", "DJANGO_"))}
    # Not pytest's own folder: every run of pytest closes that to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="rtcc-run-") as folder:
        yield {**kept, "RTCC_VAR_DIR": folder, "RTCC_DEMO_READS": READS}


@pytest.fixture(scope="module")
def site(environment: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    process = start(environment, port)
    wait_until_served(port, process)
    yield port, process
    if process.poll() is None:
        interrupt(process)


def start(environment: dict[str, str], port: int) -> subprocess.Popen[str]:
    # Into a file: a pipe that nobody reads would fill up and stop what writes to it.
    with output_of(environment).open("w") as file:
        return subprocess.Popen(
            ["make", "--no-print-directory", "run", f"PORT={port}", f"PYTHON={sys.executable}"],
            cwd=PROJECT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def output_of(environment: dict[str, str]) -> Path:
    return Path(environment["RTCC_VAR_DIR"]) / "make-run.log"


def interrupt(process: subprocess.Popen[str]) -> None:
    """What Ctrl-C does: the whole group gets the signal."""
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=60)


def wait_until_served(port: int, process: subprocess.Popen[str], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail("make run ended")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("nothing was served in time")


def processes_of(folder: str) -> list[str]:
    """Command lines of processes that still run with the given folder as theirs."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if f"RTCC_VAR_DIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_the_first_start_serves_the_demo_city(site: tuple[int, subprocess.Popen[str]]) -> None:
    port, _ = site
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=10).read().decode()
    assert len(re.findall(r"<form[^>]*method=\"post\"", page)) >= 7


def test_the_tour_passes_again_and_again(site: tuple[int, subprocess.Popen[str]], environment: dict[str, str]) -> None:
    for _ in range(2):
        result = subprocess.run(
            [sys.executable, "manage.py", "tour"],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        steps = [json.loads(line) for line in result.stdout.splitlines()]
        assert [step for step in steps if not step["ok"]] == []
        assert [step["step"] for step in steps] == STEPS, result.stderr
        assert result.returncode == 0


def test_a_taken_port_is_told_in_one_sentence(
    site: tuple[int, subprocess.Popen[str]], environment: dict[str, str]
) -> None:
    port, _ = site
    second = start(environment, port)
    second.wait(timeout=60)
    output = output_of(environment).read_text()
    assert second.returncode != 0
    assert f"Port {port} is taken" in output
    assert "Traceback" not in output


def readiness(port: int) -> tuple[int, dict[str, bool]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=15) as answer:
            return answer.status, json.load(answer)["checks"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["checks"]


def wait_for_readiness(port: int, status: int, seconds: float = 60) -> dict[str, bool]:
    deadline = time.monotonic() + seconds
    while True:
        found, checks = readiness(port)
        if found == status or time.monotonic() > deadline:
            assert found == status, checks
            return checks
        time.sleep(0.3)


def test_a_key_file_that_goes_away_is_told_and_healed(
    site: tuple[int, subprocess.Popen[str]], environment: dict[str, str]
) -> None:
    port, _ = site
    wait_for_readiness(port, 200)
    key_file = Path(environment["RTCC_VAR_DIR"]) / "keys" / "kek.key"
    key_file.rename(key_file.with_suffix(".away"))
    try:
        assert wait_for_readiness(port, 503)["key_store"] is False
    finally:
        key_file.with_suffix(".away").rename(key_file)
    wait_for_readiness(port, 200)


def test_the_site_outlives_a_restart_of_its_database(
    site: tuple[int, subprocess.Popen[str]], environment: dict[str, str]
) -> None:
    port, process = site
    data_dir = Path(environment["RTCC_VAR_DIR"]) / "postgres"
    postmaster = int((data_dir / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGINT)
    while (data_dir / "postmaster.pid").exists():
        time.sleep(0.1)
    assert wait_for_readiness(port, 503)["database"] is False
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=15)

    embedded.start_server(data_dir)
    wait_for_readiness(port, 200)
    assert urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=15).status == 200
    assert process.poll() is None


def test_ctrl_c_stops_all_of_it_and_the_second_start_is_short(
    site: tuple[int, subprocess.Popen[str]], environment: dict[str, str]
) -> None:
    port, process = site
    interrupt(process)
    assert process.returncode in STOPPED
    assert processes_of(environment["RTCC_VAR_DIR"]) == []

    began = time.monotonic()
    again = start(environment, port)
    wait_until_served(port, again)
    print(f"second start: {time.monotonic() - began:.1f} s")
    interrupt(again)
    assert again.returncode in STOPPED
    output = output_of(environment).read_text()
    assert "Traceback" not in output, output
