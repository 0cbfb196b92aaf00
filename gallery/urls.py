"""Addresses of the walls."""

from django.urls import path

from gallery import serving, views, views_collections, views_image, views_together

urlpatterns = [
    path("library/", views.library, name="library"),
    path("library/jobs/<uuid:job_id>/delete/", views.job_images_delete, name="job_images_delete"),
    path("images/together/", views_together.images_together, name="images_together"),
    path("images/<uuid:pk>/", views_image.image, name="image"),
    path("images/<uuid:pk>/file", serving.image_file, name="image_file"),
    path("images/<uuid:pk>/thumbnail", serving.image_thumbnail, name="image_thumbnail"),
    path("images/<uuid:pk>/delete/", views.image_delete, name="image_delete"),
    path("images/<uuid:pk>/tags/", views_image.image_tags, name="image_tags"),
    path("images/<uuid:pk>/collections/", views_image.image_collections, name="image_collections"),
    path("collections/", views_collections.collections, name="collections"),
    path("collections/<uuid:pk>/", views_collections.collection, name="collection"),
    path("collections/<uuid:pk>/delete/", views_collections.collection_delete, name="collection_delete"),
    path(
        "collections/<uuid:pk>/images/<uuid:image_id>/take-out/",
        views_collections.collection_take_out,
        name="collection_take_out",
    ),
]
