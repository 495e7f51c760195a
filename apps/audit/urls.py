from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("trail/", views.trail, name="trail"),
    path("entries/<uuid:reference>/", views.entry, name="entry"),
]
