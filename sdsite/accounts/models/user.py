"""Who logs in."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction


class User(AbstractUser):
    """A person or a program with an account; a row of our own from the first migration, so that it can grow."""

    class Meta(AbstractUser.Meta):
        """Newest first would need an index; names are what people look for."""

        ordering = ["username"]
        verbose_name = "user"
        verbose_name_plural = "users"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, together with what others do when they hear of it (`post_save`): all of it or nothing."""
        with transaction.atomic():
            super().save(*args, **kwargs)
