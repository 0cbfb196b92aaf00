"""Whose images a search looks through: one's own, or what others share.

What others share is a rule, checked for each image, and has no index in the order of time. If some of the newest images
of the site are in a scope, lists follow these until a page is full. Otherwise there are few, and their ids are read:
of shared images by their visibility, and of shared collections. Decision 45 has the reasons.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import connections
from django.db.models import Q, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from gallery.models import Collection, CollectionItem, Image
from gallery.models.image import ImageQuerySet, audiences_of, shared_rule
from gallery.search.plan import FEWEST_FOUND, SAMPLE, since_newest
from sdsite.accounts.credentials import Credentials

Scope = Literal["mine", "shared", "public", "all"]
MOST_LISTED = 50_000  # images of each kind whose ids are read
MOST_PUBLIC = 10_000  # newest public images that are counted
MOST_FOLLOWED = 15_000  # newest images of the site of which those in a scope are counted
_PUBLIC = Q(visibility=Image.Visibility.PUBLIC)
Narrow = Callable[[ImageQuerySet], ImageQuerySet]


@dataclass(frozen=True)
class Searched:
    """Images that a search looks through, and their owner (None: several).

    `each` are the same by conditions that are checked for each, not to be listed. `since` is from when on they are
    counted where there may be very many.
    """

    images: ImageQuerySet
    each: ImageQuerySet
    owner: Any = None
    since: datetime | None = None


@dataclass(frozen=True)
class Columns:
    """What a search says of the columns of images: those that `narrow` returns, all created before `before`."""

    narrow: Narrow = field(default=lambda images: images)
    before: datetime | None = None


def searched_images(
    credentials: Credentials, scope: Scope, columns: Columns = Columns(), *, counts: bool = False
) -> Searched:
    """Return the images of a scope that `credentials` may see, none of the trash.

    `shared_with`, a part of `visible_to`, decides who sees what of others; a scope only narrows it. Who manages images
    searches what is shared too, not everything. Images whose owners keep the settings to themselves are in no search of
    others, because each condition would tell a setting.

    `columns` says which images the search can find, and `counts` that all of them will be counted.
    """
    user: Any = credentials.user
    if scope == "mine":
        # Without a condition on the owner, jobs are looked up in their index; each has one owner.
        return Searched(Image.objects.owned_by(user).kept(), Image.objects.kept(), user)
    if scope == "public":  # `published` is what `shared_with` has of these, and has an index
        images = _in_scope(Image.objects.published(user), user, "public")
        each = _in_scope(Image.objects.shared_with(user), user, "public")
        since = since_newest(images, MOST_PUBLIC, columns.before) if counts else None
    else:
        images = each = _in_scope(Image.objects.kept(), user, scope)
        if not _is_dense(images, columns) and (ids := _ids(user, scope, columns.narrow)) is not None:
            return Searched(_with_ids(ids), each)
        since = since_newest(Image.objects.all(), MOST_FOLLOWED, columns.before) if counts else None
    return Searched(images, each, since=since)


def _in_scope(images: ImageQuerySet, user: Any, scope: Scope) -> ImageQuerySet:
    """Return those of `images` that the scope has; each is looked up."""
    shows_settings = Q(strips_metadata=False) | Q(owner=user)
    if scope == "public":
        return images.filter(_PUBLIC, shows_settings)
    if scope == "shared":
        return images.shared_with(user).filter(shows_settings).exclude(_PUBLIC).exclude(owner=user)
    return images.filter(Q(owner=user) | (shared_rule(user) & shows_settings))


def _is_dense(images: ImageQuerySet, columns: Columns) -> bool:
    """Tell whether so many of the newest images of the site match that following them ends soon."""
    kept = Image.objects.kept().order_by("-created_at")
    if columns.before is not None:
        kept = kept.filter(created_at__lt=columns.before)
    newest = list(kept.values_list("pk", flat=True)[:SAMPLE])
    return len(newest) < SAMPLE or columns.narrow(images.filter(pk__in=newest)).count() >= FEWEST_FOUND


def _ids(user: Any, scope: Scope, narrow: Narrow) -> list[str] | None:
    """Return the ids of the images of a scope as the database writes them; None if there are too many to read."""
    found: set[str] = set()
    for few in _kinds(user, scope):
        if few is None:
            return None
        matching = narrow(_in_scope(few, user, scope)).order_by().annotate(key=Cast("pk", TextField()))
        ids = matching.values_list("key", flat=True)[: MOST_LISTED + 1]
        found.update(ids)
        if len(ids) > MOST_LISTED:
            return None
    return sorted(found)


def _kinds(user: Any, scope: Scope) -> Iterator[ImageQuerySet | None]:
    """Yield images by why they may be in the scope, each from an index; None if they are too many to read."""
    shared = [one for one in audiences_of(user) if scope == "all" or one != Image.Visibility.PUBLIC]
    if shared:
        yield Image.objects.kept().filter(visibility__in=shared, published_at__isnull=False)
    if audiences_of(user):
        # Into one's own collections others put images only while they are members.
        mine = Q(owner=user.pk, members__isnull=False)
        others = Collection.objects.shared_with(user).exclude(owner=user.pk)
        collections = Collection.objects.filter(mine | Q(pk__in=others.values("pk")))
        items = CollectionItem.objects.order_by().filter(collection__in=collections.values("pk"))
        yield (
            None
            if items.values("pk")[: MOST_LISTED + 1].count() > MOST_LISTED
            else Image.objects.kept().filter(pk__in=items.values("image"))
        )
    if scope == "all":
        yield Image.objects.owned_by(user).kept()


def _with_ids(ids: list[str]) -> ImageQuerySet:
    """Return the images with these ids, as one parameter, because a database takes only so many."""
    listed = "SELECT value FROM json_each(%s)"
    if connections[Image.objects.db].vendor == "postgresql":
        listed = "SELECT CAST(value AS uuid) FROM jsonb_array_elements_text(CAST(%s AS jsonb))"
    return Image.objects.kept().filter(pk__in=RawSQL(listed, [json.dumps(ids)]))  # noqa: S611 (a constant text)


def of_own(images: ImageQuerySet, scope: Scope) -> ImageQuerySet:
    """Return those of `images`, all of one person, that the scope has: what others share is none of one's own."""
    if scope == "shared":
        return images.none()
    return images.filter(_PUBLIC) if scope == "public" else images
