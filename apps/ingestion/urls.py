from django.urls import path

from apps.ingestion import views

app_name = "ingestion"
urlpatterns = [
    path("", views.sources, name="sources"),
    path("upload/", views.upload, name="upload"),
    path("imports/<uuid:reference>/", views.import_page, name="import"),
    path("rejected/", views.rejected, name="rejected"),
    path("rejected/retry/", views.retry, name="retry"),
]
