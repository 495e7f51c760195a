"""How is an environment variable read? One method a kind; a wrong value stops the start with a sentence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

EMBEDDED_DATABASE = "postgresql:///rtcc?host=var/postgres"


class Environment:
    """Typed reading of `RTCC_…` variables."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, *, default: str) -> str:
        return self._values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, default="1" if default else "0").lower()
        if value not in {"0", "1", "true", "false", "yes", "no"}:
            raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
        return value in {"1", "true", "yes"}

    def integer(self, name: str, *, default: int) -> int:
        value = self.text(name, default=str(default))
        try:
            return int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        value = self.text(name, default=default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
        return value

    def words(self, name: str, *, default: list[str]) -> list[str]:
        value = self.text(name, default="")
        return [word.strip() for word in value.split(",") if word.strip()] or default

    def path(self, name: str, *, default: Path) -> Path:
        return Path(self.text(name, default=str(default))).resolve()

    def secret_from_file(self, path: Path) -> str:
        """Django's secret, made once in a file that only the owner can read."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_urlsafe(64))
        return path.read_text()

    def database(self, name: str, *, process: str) -> dict[str, Any]:
        """Django's settings of a PostgreSQL address; the process's own login is used where the address names none."""
        url = urlsplit(self.text(name, default=EMBEDDED_DATABASE))
        if url.scheme not in {"postgresql", "postgres"}:
            raise ImproperlyConfigured(f"{name} must start with postgresql://, not {url.scheme!r}.")
        query = dict(parse_qsl(url.query))
        role = "rtcc_owner" if process == "setup" else "rtcc_app"
        options: dict[str, Any] = {
            # Not Django's `assume_role`: it leaves a pool's new connections in a transaction, and the pool drops them.
            "options": f"-c role={role} -c timezone=UTC",
            "connect_timeout": 10,
            "application_name": f"rtcc-{process}",
            **{key: value for key, value in query.items() if key not in {"host", "port"}},
        }
        if process == "web":
            options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 3}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")) or "rtcc",
            "HOST": unquote(url.hostname or "") or query.get("host", ""),
            "PORT": str(url.port or query.get("port", "")),
            "USER": unquote(url.username or "") or f"rtcc_{process}",
            "PASSWORD": unquote(url.password or ""),
            "OPTIONS": options,
            "CONN_MAX_AGE": 0 if process == "web" else None,
            "CONN_HEALTH_CHECKS": True,
            "ATOMIC_REQUESTS": False,
            "DISABLE_SERVER_SIDE_CURSORS": False,
        }
