"""Rows of coming in: the sign-up mode, invitations and who came by them, and requests that wait for approval."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F
from django.utils import timezone

from sdsite.accounts.models.user import User


class SignupMode(models.TextChoices):
    """Who may create an account."""

    CLOSED = "closed", "Closed: administrators create accounts"
    INVITATION = "invitation", "By invitation"
    REQUEST = "request", "On request: an administrator approves each account"
    VERIFIED = "verified", "Open: anybody with a verified email address"
    OPEN = "open", "Open: anybody, without verification"


class SignupSettings(models.Model):
    """The single row (pk 1) with the sign-up mode; no row means closed, and SDSITE_SIGNUP wins over it."""

    mode = models.CharField(max_length=10, choices=SignupMode.choices, default=SignupMode.CLOSED)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """At most one row."""

        verbose_name = "sign-up"
        verbose_name_plural = "sign-up"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_signup_settings")]

    def __str__(self) -> str:
        """Mode in one word."""
        return self.mode


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Selections of invitations."""

    def usable(self, at: datetime | None = None) -> Self:
        """Invitations by which somebody can still come in; those of a suspended or deleted person are none.

        A subquery, not a join: an UPDATE with a join compares `uses` in a subquery, which PostgreSQL does not ask
        again after it waited for another one, and two guests would share the last use.
        """
        now = at or timezone.now()
        makers = User.objects.filter(is_active=True)
        return self.filter(revoked_at=None, expires_at__gt=now, uses__lt=F("most_uses"), made_by__in=makers)

    def visible_to(self, user: models.Model) -> Self:
        """Invitations that `user` may list and revoke on the settings page: their own."""
        return self.filter(made_by=user)


class Invitation(models.Model):
    """An invitation: a link with a secret that is shown once; only its SHA-256 is stored."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        "accounts.User", null=True, editable=False, on_delete=models.SET_NULL, related_name="invitations"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    note = models.CharField(max_length=200, blank=True, help_text="For whom it is. Guests do not see it.")
    role = models.ForeignKey(
        "auth.Group", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Role of new users."
    )
    most_uses = models.PositiveIntegerField("uses at most", default=1)
    uses = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        """Return the note, or when it was made, never the secret."""
        return self.note or f"invitation of {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> str:
        """Why it lets nobody in any more: "revoked", "expired", "used up", "withdrawn"; "usable" if it does."""
        if self.revoked_at:
            return "revoked"
        if self.uses >= self.most_uses:
            return "used up"
        if self.expires_at <= timezone.now():
            return "expired"
        return "usable" if self.made_by is not None and self.made_by.is_active else "withdrawn"


class InvitationUse(models.Model):
    """Who came by an invitation; the name stays when the account is deleted."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="guests")
    user = models.OneToOneField("accounts.User", null=True, on_delete=models.SET_NULL, related_name="invited_by")
    username = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Oldest first."""

        ordering = ["at", "pk"]

    def __str__(self) -> str:
        """Name."""
        return self.username


class SignupRequestQuerySet(models.QuerySet["SignupRequest"]):
    """Selections of requests; an account that is active does not wait, whoever made it so."""

    def waiting(self) -> Self:
        """Requests that nobody has decided."""
        return self.filter(refused_at=None, user__is_active=False)

    def refused(self) -> Self:
        """Requests that were refused, whose accounts are not removed yet."""
        return self.filter(refused_at__isnull=False, user__is_active=False)


class SignupRequest(models.Model):
    """A person who signed up and waits for approval; until then the account is not active. Approval deletes the row."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="signup_request")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    objects = SignupRequestQuerySet.as_manager()

    class Meta:
        """Oldest first, as they are answered."""

        ordering = ["at", "pk"]
        verbose_name = "sign-up request"

    def __str__(self) -> str:
        """Name of the person."""
        return str(self.user)
