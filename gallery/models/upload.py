"""Uploads: images that users bring as inputs of jobs."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from sdsite.accounts.credentials import Credentials
from sdsite.accounts.scopes import acts_as_staff

if TYPE_CHECKING:
    from sdsite.accounts.models import User


class UploadQuerySet(models.QuerySet["Upload"]):
    """Queries for uploads."""

    def visible_to(self, credentials: Credentials) -> Self:
        """Uploads whose row and file `credentials` may see: their own, and all of them for those who manage uploads."""
        if not credentials.user.is_authenticated:
            return self.none()
        if acts_as_staff(credentials, "gallery.view_upload", "moderate"):
            return self.all()
        return self.owned_by(credentials.user)

    def owned_by(self, user: "User") -> Self:
        """Uploads of `user`."""
        return self.filter(owner=user)

    def of_kind(self, kind: str | None) -> Self:
        """Uploads that were only ever masks ("mask"), the others ("image"), or all (None)."""
        return self if kind is None else self.filter(is_mask=kind == "mask")

    def unused_since(self, moment: datetime) -> Self:
        """Uploads that were last used before `moment`."""
        return self.filter(last_used_at__lt=moment)

    def bytes_stored(self) -> int:
        """Total size of the files of these uploads in bytes."""
        return self.aggregate(total=Sum("size_bytes"))["total"] or 0


class Upload(models.Model):
    """One uploaded image, turned upright and stored without loss as a PNG file, and its thumbnail.

    `format` is the format it was sent in, `sha256` that of the stored file: the same image sent twice is one row. Rows
    are deleted some days after their last use (`gallery.actions.cleanup`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="uploads")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    format = models.CharField(max_length=10, editable=False)
    is_mask = models.BooleanField(default=False, editable=False, help_text="Only ever used as a mask.")
    file = models.CharField(max_length=200, editable=False)
    thumbnail = models.CharField(max_length=200, editable=False)
    size_bytes = models.BigIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        permissions = [("upload_image", "Can upload images")]
        constraints = [
            # the same image of the same user is stored once
            models.UniqueConstraint(fields=["owner", "sha256"], name="one_upload_per_owner_and_picture"),
        ]
        indexes = [
            # API list: an owner's uploads, newest first
            models.Index(fields=["owner", "-created_at", "-id"], name="upload_of_owner"),
            # uploads page: those that are no masks, newest first
            models.Index(fields=["owner", "-created_at", "-id"], condition=Q(is_mask=False), name="upload_shown"),
            # admin: all uploads, newest first
            models.Index(fields=["-created_at"], name="upload_newest"),
            # sweep: uploads by when they were last used
            models.Index(fields=["last_used_at"], name="upload_last_used"),
        ]

    def __str__(self) -> str:
        """Short id and size."""
        return f"{str(self.id)[:8]} {self.width}x{self.height}"

    @property
    def content_type(self) -> str:
        """MIME type of the stored file."""
        return "image/png"

    @property
    def download_name(self) -> str:
        """File name that downloads suggest."""
        return f"upload-{str(self.id)[:8]}.png"

    @property
    def files(self) -> list[str]:
        """Names of its files in the media storage."""
        return [self.file, self.thumbnail]

    @property
    def reference(self) -> str:
        """Name of the upload in a request: "upload:<id>"."""
        return f"upload:{self.pk}"
