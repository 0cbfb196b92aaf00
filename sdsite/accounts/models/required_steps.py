"""Rows of what people have to do before they use the site: terms of use to accept, roles with a second factor."""

from django.db import models
from django.utils import timezone


class TermsVersion(models.Model):
    """A version of the terms of use, never changed; the last one holds, and without a text there are none."""

    number = models.PositiveIntegerField(unique=True, editable=False)
    text = models.TextField(
        max_length=100_000, blank=True, help_text="Plain text; empty lines part paragraphs. Empty: no terms hold."
    )
    published_at = models.DateTimeField(default=timezone.now, editable=False)
    published_by = models.ForeignKey(
        "accounts.User", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        """Newest first."""

        ordering = ["-number"]
        verbose_name = "version of the terms"
        verbose_name_plural = "terms of use"

    def __str__(self) -> str:
        """Return the number."""
        return f"version {self.number}"


class TermsAcceptance(models.Model):
    """Who accepted which version of the terms, and when."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="accepted_terms")
    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="acceptances")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Once for each person and version, which also finds whether one did."""

        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="accepted_once")]

    def __str__(self) -> str:
        """Who and which."""
        return f"{self.user}: {self.version}"


class SecondFactorRole(models.Model):
    """A role whose members need a second factor: there is a row as long as it is asked for."""

    group = models.OneToOneField("auth.Group", primary_key=True, on_delete=models.CASCADE, related_name="second_factor")

    def __str__(self) -> str:
        """Name of the role."""
        return self.group.name
