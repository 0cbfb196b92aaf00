"""Rows of identity providers: where people sign in by OpenID Connect, who may, and which roles it gives."""

from django.db import models


class IdentityProvider(models.Model):
    """A provider of OpenID Connect, at which people sign in instead of giving a password here."""

    class NewPeople(models.TextChoices):
        """Whether people come in by it who have no account."""

        NEVER = "never", "Nobody: an account is connected to it first"
        BY_MODE = "mode", "As the sign-up mode says"
        ALWAYS = "always", "Everybody whom the provider knows, whatever the sign-up mode says"

    slug = models.SlugField(unique=True, help_text="In addresses; cannot be changed, because accounts refer to it.")
    name = models.CharField(max_length=40, help_text="On the button of the sign-in page.")
    server_url = models.URLField(
        "server URL", max_length=300, help_text="Issuer, or the address of its .well-known/openid-configuration."
    )
    client_id = models.CharField("client ID", max_length=191)
    secret = models.CharField("client secret", max_length=191, blank=True)
    allowed_domains = models.JSONField(
        default=list, blank=True, help_text="Domains of email addresses. Empty: any address, or none."
    )
    new_people = models.CharField(max_length=10, choices=NewPeople.choices, default=NewPeople.BY_MODE)
    groups_claim = models.CharField(
        max_length=100, default="groups", blank=True, help_text="Claim with the groups that give roles."
    )
    is_local = models.BooleanField(
        "in the own network",
        default=False,
        help_text="The host of the server URL may be this machine or a private address, and be reached without TLS.",
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        """By name, as the sign-in page lists them."""

        ordering = ["name", "pk"]

    def __str__(self) -> str:
        """Name."""
        return self.name


class ProviderRole(models.Model):
    """A group of the provider, and the role that its members have here."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="roles")
    value = models.CharField("group of the provider", max_length=200)
    group = models.ForeignKey("auth.Group", verbose_name="role", on_delete=models.CASCADE, related_name="+")

    class Meta:
        """Each pair once."""

        constraints = [models.UniqueConstraint(fields=["provider", "value", "group"], name="one_role_mapping")]

    def __str__(self) -> str:
        """The pair."""
        return f"{self.value} → {self.group}"
