"""Configuration of the app `generation`."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class GenerationConfig(AppConfig):
    """Jobs, checkpoints and image generation."""

    name = "generation"
    verbose_name = "Studio"

    def ready(self) -> None:
        """Register with accounts and gallery, which do not import this app."""
        from django.contrib.auth import get_user_model

        from gallery.actions import changes, cleanup, uploads
        from gallery.actions.moderation import hiding
        from generation import limits
        from generation.events import publish
        from generation.jobs import deactivation, notifications, telling
        from generation.jobs.submission import input_images
        from generation.queue import state
        from sdsite.accounts import checkpoint_choices
        from sdsite.accounts.notices import store

        post_save.connect(deactivation.when_saved, sender=get_user_model(), dispatch_uid="generation.lock_out")
        changes.listeners.append(publish.publish_images_changed)
        hiding.listeners.append(publish.publish_images_hidden)
        uploads.refusals.append(state.refuse_in_maintenance)
        notifications.ended_listeners.append(telling.job_ended)
        store.listeners.append(publish.publish_notices_changed)
        cleanup.in_use_checks.append(input_images.needed_uploads)
        checkpoint_choices.offers.append(limits.titles_offered_to)
