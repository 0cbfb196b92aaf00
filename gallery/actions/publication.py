"""Publications before the rules of the site: images made visible to others, links, and collections that are open."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gallery.actions import sharing
from gallery.actions.moderation.decisions import decide
from gallery.models import Collection, Image, ModerationAction, ShareLink
from gallery.rules import hits
from gallery.rules.current import current
from gallery.rules.engine import Judgement
from gallery.rules.judge import NOTHING, PUBLICATIONS, judge_publication


class PublicationRefused(Exception):
    """A rule of the site refuses a publication; nothing was published."""

    def __init__(self, reason: str = "") -> None:
        """Build the sentence for people from the rule's public reason."""
        said = _("A rule of this site refuses this publication.")
        super().__init__(f"{said} {reason}".strip())


def check_publication(*, user: Any, number: int, door: str) -> Judgement:
    """Return the judgement on `number` images that `user` is about to publish; call `apply` once they are.

    Raises:
        PublicationRefused: a rule refuses it. That is recorded, unless the caller's transaction is rolled back.
    """
    judgement = judge_publication(user=user, number=number)
    if judgement.decision == "refuse":
        hits.record_refusal(judgement, user_id=user.pk, door=door)
        raise PublicationRefused(judgement.reason)
    return judgement


def apply(judgement: Judgement, *, images: QuerySet[Image], user_id: int, door: str) -> None:
    """Put images that were published under review where a rule says so, and record what matched."""
    if not judgement.matches:
        return
    with transaction.atomic():
        if judgement.decision == "hold":
            names = (m.rule.content.name for m in judgement.matches if m.rule.content.decision == "hold")
            decide(deed=ModerationAction.Deed.HOLD, images=images, actor=None, rule=next(names))
        first = list(images.order_by()[:2])
        hits.record(judgement, user_id=user_id, door=door, image=first[0] if len(first) == 1 else None)


def create_judged_link(
    *, owner: Any, image: Image | None = None, collection: Collection | None = None, **options: Any
) -> ShareLink:
    """Create a share link as `sharing.create_link` does, if the rules of the site let the owner publish.

    Raises:
        PublicationRefused: a rule refuses it, or would hold the images of a collection for review.
    """
    if collection is not None:
        _check_collection(owner, collection, "link")
        return sharing.create_link(owner=owner, collection=collection, **options)
    judgement = check_publication(user=owner, number=1, door="link")
    with transaction.atomic():
        link = sharing.create_link(owner=owner, image=image, **options)
        if image is not None:
            apply(judgement, images=Image.objects.filter(pk=image.pk), user_id=owner.pk, door="link")
    return link


def check_visibility(*, collection: Collection, visibility: str) -> None:
    """Refuse to open a collection where a rule refuses or holds publications; call it outside of transactions.

    Raises:
        PublicationRefused: a rule refuses it, or would hold its images for review.
    """
    if visibility != Image.Visibility.PRIVATE and collection.visibility == Image.Visibility.PRIVATE:
        _check_collection(collection.owner, collection, "collection")


def check_collecting(*, owner_id: int, collection: Collection, images: QuerySet[Image]) -> Judgement:
    """Return the judgement on adding `images` of one person to a collection, which publishes them if it is open.

    Raises:
        PublicationRefused: a rule refuses it.
    """
    if collection.owner_id != owner_id:
        return NOTHING  # images of a member are for the members only
    if not current().of(*PUBLICATIONS) or not _is_open(collection):
        return NOTHING
    fresh = images.filter(published_at=None).exclude(pk__in=collection.items.values("image"))
    return check_publication(user=collection.owner, number=fresh.count(), door="collection")


def _check_collection(owner: Any, collection: Collection, door: str) -> None:
    own = Image.objects.owned_by(owner).kept().filter(published_at=None, pk__in=collection.items.values("image"))
    judgement = check_publication(user=owner, number=own.count(), door=door)
    if judgement.decision == "hold":
        hits.record_refusal(judgement, user_id=owner.pk, door=door)
        raise PublicationRefused(_("Its images would have to be reviewed first: publish them one by one."))
    hits.record(judgement, user_id=owner.pk, door=door)


def _is_open(collection: Collection) -> bool:
    links = ShareLink.objects.open().filter(collection=collection)
    return collection.visibility != Image.Visibility.PRIVATE or links.exists()
