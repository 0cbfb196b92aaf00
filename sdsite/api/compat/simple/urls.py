"""URLs of the simple API, at the root."""

from django.urls import path

from sdsite.api.compat.simple import views

urlpatterns = [
    path("generate", views.generate),
    path("img2img", views.image_to_image),
    path("status/<str:job_id>", views.status, name="simple_status"),
    path("recent", views.recent),
]
