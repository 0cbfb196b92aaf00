"""Collections: named groups of images."""

import uuid
from typing import Any, Self

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from gallery.models.image import Image, audiences_of

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000
MOST_COUNTED = 1000  # images of each collection in a list


class _NumberOf(Subquery):
    """Number of the rows of a query, which may have a limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class CollectionQuerySet(models.QuerySet["Collection"]):
    """Queries for collections."""

    def owned_by(self, user: Any) -> Self:
        """Collections of `user`."""
        return self.filter(owner=user)

    def visible_to(self, user: Any) -> Self:
        """Collections that `user`, who may be anonymous, may see: own, shared with them, and shared with everyone."""
        shared = self.shared_with(user)
        if not user.is_authenticated:
            return shared
        return self.filter(Q(owner=user) | Q(pk__in=shared.values("pk")))

    def shared_with(self, user: Any) -> Self:
        """Collections of others, not suspended, that `user` is a member of or that are open to people like `user`."""
        audiences = audiences_of(user)
        shown = Q(visibility__in=audiences)
        if user.is_authenticated and audiences:
            shown |= Q(members__user=user)
        return self.filter(shown, owner__is_active=True).distinct()

    def fillable_by(self, user: Any) -> Self:
        """Collections into which `user` may put their images: their own, and those whose owners let them add."""
        memberships = apps.get_model("gallery", "CollectionMember").objects.filter(user=user.pk, may_add=True)
        shared = Q(pk__in=memberships.values("collection"), owner__is_active=True)
        return self.filter(Q(owner=user) | shared if audiences_of(user) else Q(owner=user))

    def open_to(self, user: Any) -> Self:
        """Collections that their owners, not suspended, show to everyone who is like `user`, and that have images."""
        shown = self.filter(visibility__in=audiences_of(user), owner__is_active=True)
        return shown.filter(Exists(CollectionItem.objects.seen_by(user).filter(collection=OuterRef("pk"))))

    def counted(self, user: Any = None, most: int | None = None) -> Self:
        """Add to each row `images_count` and `shown_cover`, the chosen or the first image (None: no image).

        Of the images that `user` sees there, who sees the collections; without a user, of all. At most `most` images
        of each collection are counted (None: all), so that many large ones can be listed; see `all_counted`.
        """
        items = CollectionItem.objects.kept() if user is None else CollectionItem.objects.seen_by(user)
        items = items.filter(collection=OuterRef("pk"))
        return self.annotate(
            images_count=_NumberOf(items.order_by().values("pk")[:most]),
            most_counted=Value(most, output_field=IntegerField()),
            shown_cover=Coalesce(
                Subquery(items.filter(image=OuterRef("cover")).values("image")[:1]),
                Subquery(items.order_by("position", "-added_at", "-pk").values("image")[:1]),
                output_field=models.UUIDField(),
            ),
        )


class Collection(models.Model):
    """A named group of images of one owner; an image may be in any number of them.

    `folded` is the name as it is compared, so that "Skies" and "skies" are the same name on every database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="collections", db_index=False, editable=False
    )
    name = models.CharField(max_length=LONGEST_NAME)
    folded = models.CharField(max_length=3 * LONGEST_NAME, editable=False)  # "ΐ" folds to three characters
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    cover = models.ForeignKey(
        "gallery.Image", on_delete=models.SET_NULL, null=True, related_name="+", editable=False, db_index=True
    )
    visibility = models.CharField(
        max_length=10, choices=Image.Visibility.choices, default=Image.Visibility.PRIVATE, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="Last change of its name or images."
    )
    images: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "gallery.Image", through="gallery.CollectionItem", related_name="collections"
    )

    # Of rows that were `counted`.
    images_count: int
    most_counted: int | None
    shown_cover: uuid.UUID | None

    objects = CollectionQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "folded"], name="one_collection_of_each_name"),
        ]
        indexes = [
            # API list: an owner's collections, newest first
            models.Index(fields=["owner", "-created_at", "-id"], name="collection_of_owner"),
            # admin: all collections, newest first
            models.Index(fields=["-created_at"], name="collection_newest"),
        ]

    def __str__(self) -> str:
        """Name."""
        return self.name

    @property
    def all_counted(self) -> bool:
        """Tell whether `images_count` is the number of all its images; otherwise there are so many or more."""
        return self.most_counted is None or self.images_count < self.most_counted


class CollectionItemQuerySet(models.QuerySet["CollectionItem"]):
    """Queries for the images of collections."""

    def kept(self) -> Self:
        """Those whose image is not in the trash."""
        return self.filter(image__trashed_at=None)

    def of_image_shown_to(self, user: Any) -> Self:
        """Items of the image of an outer query through which `user`, who may be anonymous, sees it, whoever owns it.

        The owner and the members see all images of a collection. One that is open to everyone shows those of its owner
        only: a member who adds an image shares it with the members, not with all whom the owner lets in later.
        """
        # Without a join to images: SQLite would begin with it, and PostgreSQL would read all items for each query.
        shown = Q(collection__visibility__in=audiences_of(user), collection__owner=OuterRef("owner"))
        if user.is_authenticated:
            members = apps.get_model("gallery", "CollectionMember").objects.filter(collection=OuterRef("collection"))
            shown = Q(shown | Q(collection__owner=user) | Exists(members.filter(user=user.pk)))
        return self.filter(shown, image=OuterRef("pk"), collection__owner__is_active=True)

    def seen_by(self, user: Any) -> Self:
        """Items that `user`, who may be anonymous, finds in collections that they may see.

        The owner and the members find all images, others those of the owner (see `of_image_shown_to`). Nothing from the
        trash. Of other people nothing under review, nothing of the suspended, nothing where the site lets nobody share.
        """
        memberships = apps.get_model("gallery", "CollectionMember").objects.filter(user=user.pk)
        inside = Q(collection__owner=user.pk) | Q(collection__in=memberships.values("collection"))
        # Without a join, because a person would be looked up for each image.
        suspended = get_user_model().objects.filter(is_active=False)
        alive = Q(image__quarantined_at=None) & ~Q(image__owner__in=suspended.values("pk"))
        others = alive & (inside | Q(image__owner=F("collection__owner")))
        return self.kept().filter(Q(image__owner=user.pk) | others if audiences_of(user) else Q(image__owner=user.pk))


class CollectionItem(models.Model):
    """One image in one collection, at `position` once its owner has put the images in an order; new ones have 0."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items", db_index=False)
    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField(default=timezone.now)

    objects = CollectionItemQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["position", "-added_at", "-id"]
        constraints = [
            # an image is in a collection at most once; the images of a collection
            models.UniqueConstraint(fields=["collection", "image"], name="one_item_per_collection_and_image"),
        ]
        indexes = [
            # the cover, and the images of a collection in their order
            models.Index(fields=["collection", "position", "-added_at", "-id"], name="item_in_order"),
            # the images of a collection by when they were added
            models.Index(fields=["collection", "-added_at", "-id"], name="item_of_collection"),
        ]

    def __str__(self) -> str:
        """Ids of the image and the collection."""
        return f"{self.image_id} in {self.collection_id}"
