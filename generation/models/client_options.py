"""Options that programs of a dialect set once for all later requests."""

from django.db import models

MOST_CHARACTERS = 100_000  # of one user's options as JSON


class ClientOptions(models.Model):
    """Options of one user; programs that know one set for all users have one set each here."""

    owner = models.OneToOneField(
        "accounts.User", primary_key=True, on_delete=models.CASCADE, related_name="client_options"
    )
    options = models.JSONField(default=dict, blank=True, help_text="By name, as the program named them.")

    class Meta:
        """Plural name."""

        verbose_name_plural = "client options"

    def __str__(self) -> str:
        """Whose they are."""
        return f"options of {self.owner}"
