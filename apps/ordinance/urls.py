"""Addresses of the reports to the council."""

from django.urls import path

from apps.ordinance import views

app_name = "ordinance"
urlpatterns = [
    path("access/", views.report, name="report"),
    path("access/build/", views.build, name="build"),
    path("access/<uuid:reference>/", views.report_detail, name="report-detail"),
    path("access/<uuid:reference>.pdf", views.report_pdf, name="report-pdf"),
    path("access/<uuid:reference>.json", views.report_json, name="report-json"),
]
