from django.urls import path

from apps.lookups import views

app_name = "lookups"
urlpatterns = [path("plate/", views.plate, name="plate")]
