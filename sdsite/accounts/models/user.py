"""Who logs in."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person or a program with an account; a row of our own from the first migration, so that it can grow."""

    class Meta(AbstractUser.Meta):
        """Newest first would need an index; names are what people look for."""

        ordering = ["username"]
        verbose_name = "user"
        verbose_name_plural = "users"
