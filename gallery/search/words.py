"""Conditions of a search on the words of prompts."""

from typing import Any

from django.db.models import Exists, OuterRef

from gallery.models import ImageWord
from gallery.models.image import ImageQuerySet
from gallery.search.tokenizer import ParsedQuery


def with_words(images: ImageQuerySet, query: ParsedQuery, owner: Any) -> ImageQuerySet:
    """Return those of `images`, all of `owner` (None: of several people), whose prompts match `query`."""
    own = ImageWord.objects.filter(**of_owner(images, owner))
    for word in dict.fromkeys(query.words):
        images = images.filter(pk__in=own.filter(word=word).values("image"))
    if query.prefix:
        images = images.filter(pk__in=own.filter(word__begins=query.prefix).values("image"))
    for phrase in query.phrases:
        images = images.filter(searched_text__contains=f" {phrase} ")
    for word in query.excluded:
        images = images.exclude(Exists(own.filter(image=OuterRef("pk"), word=word)))
    for phrase in query.excluded_phrases:
        images = images.exclude(searched_text__contains=f" {phrase} ")
    return images


def of_owner(images: ImageQuerySet, owner: Any) -> dict[str, Any]:
    """Return the condition on rows of words, tags and LoRAs that belong to `images`, so that their indexes serve.

    These begin with the owner; of several people it is those who own any of the images.
    """
    return {"owner": owner} if owner is not None else {"owner__in": images.order_by().values("owner")}
