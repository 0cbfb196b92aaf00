"""Conditions of a search on the words of prompts."""

from typing import Any

from django.db.models import Exists, OuterRef

from gallery.models import ImageWord
from gallery.models.image import ImageQuerySet
from gallery.search.tokenizer import ParsedQuery


def with_words(images: ImageQuerySet, query: ParsedQuery, owner: Any) -> ImageQuerySet:
    """Return those of `images`, all of `owner`, whose prompts match `query`."""
    own = ImageWord.objects.filter(owner=owner)
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
