from django.urls import path

from apps.access import views

app_name = "access"
urlpatterns = [path("accesses/mine/", views.mine, name="mine")]
