"""The public log's addresses, under `/transparency/log/`."""

from django.urls import path

from apps.ledger import views

app_name = "ledger"
urlpatterns = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("verifier", views.verifier_key, name="verifier"),
    path("tile/<path:path>", views.tile, name="tile"),
]
