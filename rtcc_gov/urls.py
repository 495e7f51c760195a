"""Which address belongs to which app?"""

from django.urls import include, path

from rtcc_gov import health, home

ROUTES = (
    ("", "accounts"),
    ("", "access"),
    ("lookups/", "lookups"),
    ("policy/", "policy"),
    ("ingestion/", "ingestion"),
    ("retention/", "retention"),
    ("audit/", "audit"),
    ("reports/", "ordinance"),
    ("transparency/log/", "ledger"),
)

handler403 = "apps.core.views.permission_denied"
handler404 = "apps.core.views.page_not_found"
handler500 = "apps.core.views.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    *[path(prefix, include(f"apps.{name}.urls")) for prefix, name in ROUTES],
]
