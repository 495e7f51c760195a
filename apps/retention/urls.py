"""Addresses of the calendar and the certificates."""

from django.urls import path

from apps.retention import views

app_name = "retention"
urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("buckets/<slug:category>/<slug:day>/", views.bucket, name="bucket"),
    path("buckets/<slug:category>/<slug:day>/destroy/", views.destroy, name="destroy"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<uuid:reference>/", views.certificate, name="certificate"),
    path("certificates/<uuid:reference>.json", views.certificate_json, name="certificate-json"),
]
