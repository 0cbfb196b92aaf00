"""The studio: from a wish to pixels."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class GenerationConfig(AppConfig):
    """Jobs, checkpoints and everything that turns one into pictures."""

    name = "generation"
    verbose_name = "Studio"

    def ready(self) -> None:
        """Listen to the people's room, and answer its questions and the gallery's; both know nothing of jobs."""
        from django.contrib.auth import get_user_model

        from gallery.actions import cleanup
        from generation import limits
        from generation.jobs import deactivation
        from generation.jobs.submission import input_images
        from sdsite.accounts import checkpoint_choices

        post_save.connect(deactivation.when_saved, sender=get_user_model(), dispatch_uid="generation.lock_out")
        cleanup.in_use_checks.append(input_images.needed_uploads)
        checkpoint_choices.offers.append(limits.titles_offered_to)
