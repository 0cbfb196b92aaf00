"""Conditions of a search on the words of prompts."""

from typing import Any

from gallery.models import ImageWord
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
