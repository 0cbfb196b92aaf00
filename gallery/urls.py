"""Addresses of the walls."""

from django.urls import path

from gallery import serving, views

urlpatterns = [
    path("library/", views.library, name="library"),
    path("library/jobs/<uuid:job_id>/delete/", views.job_images_delete, name="job_images_delete"),
    path("images/<uuid:pk>/", views.image, name="image"),
    path("images/<uuid:pk>/file", serving.image_file, name="image_file"),
    path("images/<uuid:pk>/thumbnail", serving.image_thumbnail, name="image_thumbnail"),
    path("images/<uuid:pk>/delete/", views.image_delete, name="image_delete"),
]
