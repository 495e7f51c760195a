"""A wrong environment variable stops the start with a sentence that names it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from rtcc_gov.environment import Environment


def test_kinds_are_read_and_defaults_stand_for_what_is_missing() -> None:
    env = Environment({"A": "1", "B": "x, y ,", "C": "7", "D": " "})
    assert env.flag("A", default=False) is True
    assert env.flag("MISSING", default=True) is True
    assert env.words("B", default=[]) == ["x", "y"]
    assert env.integer("C", default=1) == 7
    assert env.text("D", default="d") == "d"


@pytest.mark.parametrize(
    "read",
    [
        lambda env: env.flag("NAME", default=False),
        lambda env: env.integer("NAME", default=1),
        lambda env: env.choice("NAME", ("web", "worker"), default="web"),
        lambda env: env.database("NAME", process="web"),
    ],
)
def test_a_wrong_value_is_named(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ImproperlyConfigured, match="NAME must"):
        read(Environment({"NAME": "mysql://nonsense"}))


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "secret.key"
    first = Environment({}).secret_from_file(path)
    assert Environment({}).secret_from_file(path) == first
    assert len(first) > 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("url", "host", "name", "user"),
    [
        ("postgresql:///rtcc?host=%2Frun%2Fpg", "/run/pg", "rtcc", "rtcc_web"),
        ("postgresql://someone:p%40ss@db.example:6432/city", "db.example", "city", "someone"),
    ],
)
def test_a_database_address_becomes_settings(url: str, host: str, name: str, user: str) -> None:
    found = Environment({"URL": url}).database("URL", process="web")
    assert (found["HOST"], found["NAME"], found["USER"]) == (host, name, user)
    assert "role=rtcc_app" in found["OPTIONS"]["options"]
    assert "host" not in found["OPTIONS"]


def test_only_set_up_sits_in_the_owners_role() -> None:
    found = Environment({}).database("URL", process="setup")
    assert found["USER"] == "rtcc_setup"
    assert "role=rtcc_owner" in found["OPTIONS"]["options"]
