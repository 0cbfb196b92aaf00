"""URLs of the library, of images and of collections."""

from django.urls import path

from gallery import file_responses
from gallery.pages import (
    collections,
    compare,
    explore,
    image,
    library,
    shared,
    trash,
    uploads,
    zip_download,
)
from gallery.pages.moderation import desk, history, hits, own, suspended

urlpatterns = [
    path("s/<str:token>/", shared.shared, name="shared"),
    path("s/<str:token>/images/<uuid:image_id>/", shared.shared, name="shared_image"),
    path("s/<str:token>/images/<uuid:image_id>/file", shared.shared_file, name="shared_file"),
    path("s/<str:token>/images/<uuid:image_id>/thumbnail", shared.shared_thumbnail, name="shared_thumbnail"),
    path("explore/", explore.explore, name="explore"),
    path("explore/collections/", explore.explore_collections, name="explore_shared"),
    path("people/<str:username>/", explore.person, name="person"),
    path("library/", library.library, name="library"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("uploads/<uuid:pk>/panel/", uploads.upload_panel, name="upload_panel"),
    path("trash/", trash.trash, name="trash"),
    path("moderation/", desk.moderation, name="moderation"),
    path("moderation/images/<uuid:pk>/panel/", desk.moderation_panel, name="moderation_panel"),
    path("moderation/hits/", hits.moderation_hits, name="moderation_hits"),
    path("moderation/hits/close/", hits.moderation_close_hits, name="moderation_close_hits"),
    path("moderation/decided/", history.moderation_decided, name="moderation_decided"),
    path("moderation/decided/<int:pk>/undo/", history.moderation_undo, name="moderation_undo"),
    path("moderation/appeals/", history.moderation_appeals, name="moderation_appeals"),
    path("moderation/appeals/<int:pk>/", history.moderation_appeal, name="moderation_appeal"),
    path("suspended/<str:token>/", suspended.suspended, name="suspended"),
    path("decisions/", own.decisions, name="decisions"),
    path("decisions/<int:pk>/appeal/", own.decision_appeal, name="decision_appeal"),
    path("images/zip/", zip_download.images_zip, name="images_zip"),
    path("images/<uuid:pk>/", image.image, name="image"),
    path("images/<uuid:pk>/panel/", image.image_panel, name="image_panel"),
    path("images/<uuid:pk>/file", file_responses.image_file, name="image_file"),
    path("images/<uuid:pk>/thumbnail", file_responses.image_thumbnail, name="image_thumbnail"),
    path("images/<uuid:pk>/steps/<int:step>", file_responses.image_step, name="image_step"),
    path("images/<uuid:pk>/delete/", library.image_delete, name="image_delete"),
    path("images/<uuid:pk>/tags/", image.image_tags, name="image_tags"),
    path("images/<uuid:pk>/collections/", image.image_collections, name="image_collections"),
    path("compare/", compare.compare, name="compare"),
    path("collections/", collections.collections, name="collections"),
    path("collections/<uuid:pk>/", collections.collection, name="collection"),
    path("collections/<uuid:pk>/delete/", collections.collection_delete, name="collection_delete"),
]
