"""The product's addresses and the baselines'."""

from django.urls import path

from benchmarks.baseline import views
from rtcc_gov.urls import handler403, handler404, handler500
from rtcc_gov.urls import urlpatterns as product

__all__ = ["handler403", "handler404", "handler500"]

urlpatterns = [
    *product,
    path("bench/ungoverned/", views.ungoverned),
    path("bench/guarded/", views.guarded),
]
