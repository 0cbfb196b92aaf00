"""Tags of images."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from sdsite.accounts.models import User

LONGEST_TAG = 50


class ImageTagQuerySet(models.QuerySet["ImageTag"]):
    """Queries for tags."""

    def owned_by(self, user: "User") -> Self:
        """Tags of `user`'s images."""
        return self.filter(owner=user)


class ImageTag(models.Model):
    """One tag on one image, as `gallery.text.normalize_tag` returns it: lower case, single spaces, no comma.

    `owner` is the owner of the image, so that a user's tags are found without a join.
    """

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="tags", db_index=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=LONGEST_TAG)

    objects = ImageTagQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        verbose_name = "tag"
        ordering = ["name"]
        constraints = [
            # the tags of an image by name; each at most once
            models.UniqueConstraint(fields=["image", "name"], name="one_tag_of_each_name_per_image"),
        ]
        indexes = [
            # an owner's tags with their counts, and the images of a tag
            models.Index(fields=["owner", "name", "image"], name="tag_of_owner"),
            # admin: all tags by name
            models.Index(fields=["name", "-id"], name="tag_by_name"),
        ]

    def __str__(self) -> str:
        """Name."""
        return self.name
