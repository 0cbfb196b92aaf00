"""What programs set once and mean for all that they ask for later, in dialects that have such options."""

from django.db import models

MOST_CHARACTERS = 100_000  # of one person's options as JSON


class ClientOptions(models.Model):
    """One person's options; where other programs know only one set for everybody, here each has their own."""

    owner = models.OneToOneField(
        "accounts.User", primary_key=True, on_delete=models.CASCADE, related_name="client_options"
    )
    options = models.JSONField(default=dict, blank=True, help_text="By name, as the program named them.")

    class Meta:
        """Read by owner alone."""

        verbose_name_plural = "client options"

    def __str__(self) -> str:
        """Whose they are."""
        return f"options of {self.owner}"
