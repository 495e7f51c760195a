from django.urls import path

from apps.ingestion import views

app_name = "ingestion"
urlpatterns = [
    path("", views.sources, name="sources"),
    path("sources/<slug:code>/approve/", views.approve, name="approve"),
    path("upload/", views.upload, name="upload"),
    path("imports/<uuid:reference>/", views.import_page, name="import"),
    path("rejected/", views.rejected, name="rejected"),
    path("rejected/retry/", views.retry, name="retry"),
    path("rejected/<uuid:reference>/", views.rejected_row, name="rejected-row"),
]
