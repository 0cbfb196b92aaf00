"""Whose images a search looks through: one's own, or what others share."""

from typing import Any, Literal

from django.db.models import Q

from gallery.models import Image
from gallery.models.image import ImageQuerySet
from sdsite.accounts.credentials import Credentials

Scope = Literal["mine", "shared", "public", "all"]
_PUBLIC = Q(visibility=Image.Visibility.PUBLIC)


def searched_images(credentials: Credentials, scope: Scope) -> tuple[ImageQuerySet, Any]:
    """Return the images of a scope that `credentials` may see, none of the trash, and their owner (None: several).

    `shared_with`, a part of `visible_to`, decides who sees what of others; a scope only narrows it. Who manages images
    searches what is shared too, not everything. Images whose owners keep the settings to themselves are in no search of
    others, because each condition would tell a setting.
    """
    user: Any = credentials.user
    if scope == "mine":
        return Image.objects.owned_by(user).kept(), user
    shows_settings = Q(strips_metadata=False) | Q(owner=user)
    if scope == "public":  # `published` is what `shared_with` has of these, and has an index
        return Image.objects.published(user).filter(_PUBLIC, shows_settings), None
    shared = Image.objects.shared_with(user).filter(shows_settings)
    if scope == "shared":
        return shared.exclude(_PUBLIC).exclude(owner=user), None
    return Image.objects.kept().filter(Q(owner=user) | Q(pk__in=shared.values("pk"))), None


def of_own(images: ImageQuerySet, scope: Scope) -> ImageQuerySet:
    """Return those of `images`, all of one person, that the scope has: what others share is none of one's own."""
    if scope == "shared":
        return images.none()
    return images.filter(_PUBLIC) if scope == "public" else images
