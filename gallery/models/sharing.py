"""Rows of sharing: links that open without an account, likes, reports, and people who share a collection."""

import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from sdsite.accounts.models import User

LONGEST_REASON_TEXT = 1000
LONGEST_PASSWORD = 128
TOKEN_BYTES = 18  # 144 bits: nobody finds a link by trying


def new_token() -> str:
    """Return the secret part of a link's address: 24 characters that a URL takes as they are."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Queries for share links."""

    def owned_by(self, user: "User") -> Self:
        """Links that `user` made."""
        return self.filter(owner=user)

    def open(self, now: datetime | None = None) -> Self:
        """Links that open: not revoked, not expired, and their owner is not suspended."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=now or timezone.now())
        return self.filter(unexpired, revoked_at=None, owner__is_active=True)


class ShareLink(models.Model):
    """A secret address that shows one image or one collection to everyone who has it, account or not.

    `token` is stored as it is, because its owner copies the address again; it opens less than the row beside it.
    `password` is a hash as Django makes them; empty: none is asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="share_links", db_index=False)
    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, null=True, related_name="share_links")
    collection = models.ForeignKey(
        "gallery.Collection", on_delete=models.CASCADE, null=True, related_name="share_links"
    )
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    password = models.CharField(max_length=256, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        permissions = [("share_link", "Can share by link")]
        constraints = [
            models.CheckConstraint(
                condition=Q(image=None, collection__isnull=False) | Q(image__isnull=False, collection=None),
                name="share_link_of_image_or_collection",
            ),
        ]
        indexes = [
            # a person's links, newest first
            models.Index(fields=["owner", "-created_at", "-id"], name="share_link_of_owner"),
        ]

    def __str__(self) -> str:
        """Short id; never the token, because this text is logged."""
        return f"share link {str(self.id)[:8]}"

    def is_open(self) -> bool:
        """Tell whether the link opens now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class Like(models.Model):
    """A person likes an image that another person shared."""

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="likes", db_index=False)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="likes", db_index=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """Indexes, each with the query it serves."""

        constraints = [
            # a person likes an image once; how many like an image
            models.UniqueConstraint(fields=["image", "user"], name="one_like_per_image_and_person"),
        ]
        indexes = [
            # what a person likes, newest first
            models.Index(fields=["user", "-created_at", "-id"], name="like_of_person"),
        ]

    def __str__(self) -> str:
        """Ids of the person and the image."""
        return f"{self.user_id} likes {self.image_id}"


class ReportQuerySet(models.QuerySet["Report"]):
    """Queries for reports."""

    def open(self) -> Self:
        """Reports that nobody has dealt with."""
        return self.filter(resolved_at=None)

    def of_kept_images(self) -> Self:
        """Reports whose image is still there, and not in the trash."""
        return self.filter(image__isnull=False, image__trashed_at=None)


class Report(models.Model):
    """A person tells the moderators about an image of another person. It outlives the image and both people."""

    class Reason(models.TextChoices):
        """Why an image is reported."""

        SEXUAL = "sexual", "Sexual content"
        VIOLENCE = "violence", "Violence"
        HATE = "hate", "Hate or harassment"
        PERSON = "person", "Shows a real person without consent"
        RIGHTS = "rights", "Copyright or trademark"
        OTHER = "other", "Something else"

    class Outcome(models.TextChoices):
        """What became of a report that was dealt with."""

        UPHELD = "upheld", "Something was done"
        DECLINED = "declined", "Nothing was done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey("gallery.Image", on_delete=models.SET_NULL, null=True, related_name="reports")
    reporter = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="reports")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    text = models.CharField(max_length=LONGEST_REASON_TEXT, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, editable=False)
    decision = models.ForeignKey(
        "gallery.ModerationAction", on_delete=models.PROTECT, null=True, related_name="reports", editable=False
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        permissions = [("moderate_image", "Can moderate images"), ("decide_appeal", "Can decide appeals")]
        constraints = [
            # a person reports an image once; the reports of an image
            models.UniqueConstraint(fields=["image", "reporter"], name="one_report_per_image_and_person"),
        ]
        indexes = [
            # the moderators' list: open reports, newest first
            models.Index(fields=["-created_at"], condition=Q(resolved_at=None), name="report_open"),
        ]

    def __str__(self) -> str:
        """Reason and image."""
        return f"{self.get_reason_display()}: {self.image_id}"


class CollectionMember(models.Model):
    """A person who sees a collection of another person, and may add images of their own to it if `may_add`."""

    collection = models.ForeignKey(
        "gallery.Collection", on_delete=models.CASCADE, related_name="members", db_index=False
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="memberships")
    may_add = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """Indexes, each with the query it serves."""

        constraints = [
            # a person is a member once; the members of a collection
            models.UniqueConstraint(fields=["collection", "user"], name="one_membership_per_collection_and_person"),
        ]

    def __str__(self) -> str:
        """Ids of the person and the collection."""
        return f"{self.user_id} in {self.collection_id}"
