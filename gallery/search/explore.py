"""Images that people share with everyone: new ones, liked ones, by person, checkpoint and tag."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gallery.models.image import Image, ImageQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from sdsite.accounts.models import User

Order = Literal["new", "liked"]
MOST_LIKED = 1000  # images in the order of likes
MOST_COUNTED = 10_000  # images whose number is told


@dataclass(frozen=True)
class ExploreFilter:
    """Which shared images: of one person, checkpoint (slug) or tag, or those that the reader likes; "" means all."""

    person: str = ""
    checkpoint: str = ""
    tag: str = ""
    liked_by_me: bool = False


def shared_images(reader: "User | AnonymousUser", wanted: ExploreFilter) -> ImageQuerySet:
    """Return the images that `reader` finds in Explore; images shared without settings match no checkpoint or tag."""
    images = Image.objects.published(reader)
    if wanted.person:
        images = images.filter(owner__username=wanted.person)
    if wanted.checkpoint:
        images = images.filter(checkpoint=wanted.checkpoint, strips_metadata=False)
    if wanted.tag:
        images = images.filter(tags__name=wanted.tag.strip().lower(), strips_metadata=False)
    if wanted.liked_by_me:
        images = images.filter(likes__user=reader.pk) if reader.is_authenticated else images.none()
    return images


def count_shared(images: ImageQuerySet) -> int:
    """Return how many there are, at most MOST_COUNTED."""
    return images.order_by().values("pk")[:MOST_COUNTED].count()
