"""URLs of the studio, the editor, checkpoint images, usage and webhook settings."""

from django.urls import path

from generation.pages import editor, studio, usage, webhooks
from generation.pages.checkpoint_cover import checkpoint_cover
from generation.pages.shared_image import shared_image

urlpatterns = [
    path("", studio.studio, name="studio"),
    path("images/edit/", editor.edit_upload, name="upload_edit"),
    path("images/<uuid:pk>/edit/", editor.edit_image, name="image_edit"),
    path("checkpoints/<slug:slug>/words/", studio.vocabulary, name="words"),
    path("checkpoints/<slug:slug>/picture/", checkpoint_cover, name="checkpoint-picture"),
    path("shared/image/", shared_image, name="shared_image"),
    path("settings/usage/", usage.usage, name="usage"),
    path("settings/webhooks/", webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/<uuid:pk>/", webhooks.webhook, name="webhook"),
    path("settings/webhooks/<uuid:pk>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("settings/webhooks/<uuid:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("settings/webhooks/<uuid:pk>/delete/", webhooks.webhook_delete, name="webhook_delete"),
    path(
        "settings/webhooks/<uuid:pk>/deliveries/<uuid:delivery>/redeliver/",
        webhooks.webhook_redeliver,
        name="webhook_redeliver",
    ),
]
