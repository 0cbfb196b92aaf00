"""Conditions of a search on rows of other tables: words of prompts, tags, LoRAs and collections."""

from typing import Any

from django.contrib.auth import get_user_model

from gallery.models import CollectionItem, ImageLora, ImageTag, ImageWord
from gallery.search.plan import Rows, has_text
from gallery.search.tokenizer import ParsedQuery


def needed_words(query: ParsedQuery, owners: dict[str, Any]) -> list[Rows]:
    """Return the rows of which an image must have one each: of the words, and of a word with the prefix."""
    words = [ImageWord.objects.filter(word=word) for word in dict.fromkeys(query.words)]
    if query.prefix:
        words.append(ImageWord.objects.filter(word__begins=query.prefix))
    return [Rows(rows, owners) for rows in words]


def checks_of(query: ParsedQuery) -> list[Any]:
    """Return the further conditions of a query: phrases, and what is excluded."""
    excluded = [~Rows(ImageWord.objects.filter(word=word)).of_image() for word in query.excluded]
    return [
        *(has_text(f" {phrase} ") for phrase in query.phrases),
        *excluded,
        *(~has_text(f" {phrase} ") for phrase in query.excluded_phrases),
    ]


def needed_rows(wanted: Any, query: ParsedQuery, owner: Any) -> list[Rows]:
    """Return the rows of which an image must have one each; `wanted` is an `ImageFilter`."""
    # The indexes of words, tags and LoRAs begin with the owner; of several people each is looked up.
    owners = {"owner": owner} if owner is not None else {"owner__in": get_user_model().objects.values("pk")}
    needed = [Rows(ImageTag.objects.filter(name=name), owners) for name in wanted.tag]
    if wanted.lora:
        needed.append(Rows(ImageLora.objects.filter(name=wanted.lora), owners))
    if wanted.collection:
        # Of several people's images none matches, because a collection is its owner's alone.
        own = CollectionItem.objects.filter(collection=wanted.collection, collection__owner=owner)
        needed.append(Rows(own))
    return needed + needed_words(query, owners)
