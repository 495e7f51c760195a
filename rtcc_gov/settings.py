"""Django settings. Every choice of a deployment is an environment variable `RTCC_…`, listed in `docs/settings.md`."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from rtcc_gov.environment import Environment

BASE_DIR = Path(__file__).resolve().parents[1]
env = Environment(os.environ)

RTCC_DEMO = env.flag("RTCC_DEMO", default=False)
RTCC_DEMO_READS = env.integer("RTCC_DEMO_READS", default=300_000)
DEBUG = env.flag("RTCC_DEBUG", default=False)
RTCC_PROCESS = env.choice("RTCC_PROCESS", ("web", "worker", "operator", "setup"), default="operator")
RTCC_VAR_DIR = env.path("RTCC_VAR_DIR", default=BASE_DIR / "var")
RTCC_KEY_STORE_DIR = env.path("RTCC_KEY_STORE_DIR", default=RTCC_VAR_DIR / "keys")
RTCC_KEY_CACHE_SECONDS = env.integer("RTCC_KEY_CACHE_SECONDS", default=30)
RTCC_LEDGER_ORIGIN = env.text("RTCC_LEDGER_ORIGIN", default="rtcc.example.gov/access-log")
RTCC_RETENTION_MOST_BUCKETS = env.integer("RTCC_RETENTION_MOST_BUCKETS", default=12)
RTCC_RETENTION_GAP_DAYS = env.integer("RTCC_RETENTION_GAP_DAYS", default=7)
RTCC_RETENTION_LOCK_TIMEOUT_MS = env.integer("RTCC_RETENTION_LOCK_TIMEOUT_MS", default=3_000)
RTCC_RETENTION_HOLD_DAYS = env.integer("RTCC_RETENTION_HOLD_DAYS", default=730)
RTCC_RETENTION_HOLD_ROWS = env.integer("RTCC_RETENTION_HOLD_ROWS", default=200)
RTCC_FIXTURES_DIR = BASE_DIR / "fixtures"
RTCC_MAP_TILES = env.text("RTCC_MAP_TILES", default="")

SECRET_KEY = env.text("RTCC_SECRET_KEY", default="")
if not SECRET_KEY:
    SECRET_KEY = env.secret_from_file(RTCC_VAR_DIR / "secret.key")
ALLOWED_HOSTS = env.words("RTCC_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
if RTCC_DEMO and not set(ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]", "testserver"}:
    raise ImproperlyConfigured("RTCC_DEMO=1 signs people in with one click and serves loopback only. Unset it.")

APPS = [
    "core",
    "keys",
    "ledger",
    "accounts",
    "policy",
    "assets",
    "access",
    "records",
    "lookups",
    "ingestion",
    "retention",
    "audit",
    "ordinance",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "guardian",
    "simple_history",
    *[f"apps.{name}" for name in APPS],
    "rtcc_gov.demo",
    "rtcc_gov",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.core.middleware.ErrorPageMiddleware",
    "apps.accounts.middleware.ActorMiddleware",
]
ROOT_URLCONF = "rtcc_gov.urls"
ASGI_APPLICATION = "rtcc_gov.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.context.site",
            ],
            "loaders": [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ]
            if DEBUG
            else [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

DATABASES = {"default": env.database("RTCC_DATABASE_URL", process=RTCC_PROCESS)}
RTCC_DATABASE_ADMIN_URL = env.text("RTCC_DATABASE_ADMIN_URL", default="")
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "guardian.backends.ObjectPermissionBackend"]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
# Every other address asks for sign-in; a name that is not here is not public.
RTCC_PUBLIC_URL_NAMES = (
    "accounts:sign-in",
    "accounts:demo-sign-in",
    "healthz",
    "readyz",
    "ledger:checkpoint",
    "ledger:verifier",
    "ledger:tile",
)
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "home"
# CJIS AC-11 and IA-11: half an hour idle, twelve hours at most.
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not RTCC_DEMO
SECURE_SSL_REDIRECT = not RTCC_DEMO
SECURE_HSTS_SECONDS = 0 if RTCC_DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not RTCC_DEMO
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failed"
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "child-src": ["'self'", "blob:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = env.text("RTCC_TIME_ZONE", default="America/New_York")

STATIC_URL = "/static/"
STATIC_ROOT = RTCC_VAR_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *[
        (name, NODE_MODULES / path)
        for name, path in (
            ("uswds", "@uswds/uswds/dist"),
            ("htmx", "htmx.org/dist"),
            ("maplibre", "maplibre-gl/dist"),
        )
        if (NODE_MODULES / path).exists()
    ],
    # The map's boundaries: the city's open data.
    ("dc", RTCC_FIXTURES_DIR / "dc"),
]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

RTCC_BROKER_URL = env.text("RTCC_BROKER_URL", default="")
# What keeps itself on time: task name, seconds between runs, queue.
RTCC_BEAT_SCHEDULE = {
    name.replace(".", "-"): {"task": name, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}
    for name, seconds, queue in (
        ("records.make_partitions_ahead", 3600.0, "default"),
        ("ingestion.resume_uploads", 300.0, "ingestion"),
        ("retention.run_due", 300.0, "retention"),
        ("ledger.seal_pending", 60.0, "ledger"),
    )
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("RTCC_LOG_LEVEL", default="WARNING")},
}
