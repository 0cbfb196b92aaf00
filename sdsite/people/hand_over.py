"""Handing over what a person has made to somebody else, before the account is deleted."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from gallery.models import (
    Collection,
    CollectionMember,
    HashBand,
    Image,
    ImageLora,
    ImageTag,
    ImageWord,
    ShareLink,
    Upload,
    VectorBlock,
)
from gallery.models.collection import LONGEST_NAME
from generation.jobs.cancel import cancel_all
from generation.models import Job
from sdsite.accounts import audit
from sdsite.accounts.models import User
from sdsite.people.removal import remove_person


def hand_over(user: User, *, to: User, actor: Any) -> None:
    """Give images, jobs, collections, uploads and share links of `user` to another person, and delete the account.

    All or nothing. Unfinished jobs are cancelled. A collection whose name the other has gets the former owner's name
    behind it; an upload that both have is kept once. Keys, presets, searches, webhooks and likes end with the account.

    Raises:
        ValidationError: `to` is the person or suspended.
    """
    if to.pk == user.pk or not to.is_active:
        raise ValidationError("Choose another person who is not suspended.")
    with transaction.atomic():
        cancel_all(owner=user)
        Image.objects.owned_by(user).update(owner=to)
        for model in (ImageWord, ImageLora, ImageTag, ShareLink, VectorBlock):
            model._default_manager.filter(owner=user).update(owner=to)
        HashBand.objects.filter(owner_id=user.pk).update(owner_id=to.pk)
        # The other may have a request with the same idempotency key.
        Job.objects.filter(owner=user).update(owner=to, api_key=None, idempotency_key=None)
        for collection in Collection.objects.owned_by(user):
            _give_collection(collection, user, to)
        theirs = Upload.objects.filter(owner=to).values("sha256")
        Upload.objects.filter(owner=user).exclude(sha256__in=theirs).update(owner=to)
        audit.record(actor=actor, action="user.handed_over", target=user, to=to.username)
        remove_person(user, actor=actor)


def _give_collection(collection: Collection, user: User, to: User) -> None:
    CollectionMember.objects.filter(collection=collection, user=to).delete()
    name, number, former = collection.name, 1, user.username[:40]  # so that the number is never cut off
    while Collection.objects.owned_by(to).filter(folded=name.casefold()).exists():
        ending = f" ({former})" if number == 1 else f" ({former} {number})"
        name, number = f"{collection.name[: LONGEST_NAME - len(ending)]}{ending}", number + 1
    Collection.objects.filter(pk=collection.pk).update(owner=to, name=name, folded=name.casefold())
