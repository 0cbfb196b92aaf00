"""Saved searches: checked by the filters of searching, stored under names, and what has gone of what they name."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import ValidationError as InvalidFilter

from gallery.models import Collection, ImageTag, SavedSearch
from gallery.models.saved_search import LONGEST_NAME, LONGEST_QUERY_STRING
from gallery.search.filters import ImageFilter
from gallery.text import normalize_text
from sdsite.accounts.models import lock_user

MOST_SEARCHES = 100  # of one person
LISTS = ("tag",)  # conditions that may be given several times


class TooManySearches(Exception):
    """The owner already has MOST_SEARCHES saved searches."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__(f"You already have {MOST_SEARCHES} saved searches; delete some.")


def save_search(*, owner: Any, name: str, query: str) -> SavedSearch:
    """Store a search of the library.

    Raises:
        ValidationError: `name` has not 1 to LONGEST_NAME characters or the owner uses it already, or `query` is not a
            query string of conditions.
        TooManySearches: the owner already has MOST_SEARCHES.
    """
    with transaction.atomic():
        lock_user(owner.pk)
        if SavedSearch.objects.owned_by(owner).count() >= MOST_SEARCHES:
            raise TooManySearches
        return _write(SavedSearch(owner=owner), name, query)


def change_search(*, search: SavedSearch, name: str | None = None, query: str | None = None) -> SavedSearch:
    """Change name or query; None leaves it as it is. Raises ValidationError as `save_search`."""
    return _write(search, search.name if name is None else name, search.query if query is None else query)


def _write(search: SavedSearch, name: str, query: str) -> SavedSearch:
    try:
        name = normalize_text(name)
    except ValueError as error:
        raise ValidationError({"name": f"name: {error}"}) from error
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValidationError({"name": f"name must have 1 to {LONGEST_NAME} characters"})
    search.name, search.folded, search.query = name, name.casefold(), canonical(query)
    try:
        with transaction.atomic():
            search.save()
    except IntegrityError as error:
        raise ValidationError({"name": "You already have a saved search with this name."}) from error
    return search


def canonical(query: str) -> str:
    """Return a query string with its conditions in one order and form, so that equal searches are equal texts.

    Raises:
        ValidationError: it is too long, empty, has an unknown name, or a value that its condition does not take.
    """
    if len(query) > LONGEST_QUERY_STRING:
        raise ValidationError({"query": f"query must have at most {LONGEST_QUERY_STRING} characters"})
    given = QueryDict(query.removeprefix("?"))
    unknown = sorted(set(given) - set(ImageFilter.model_fields))
    if unknown:
        raise ValidationError({"query": f"query must have conditions of searches only; got {unknown[0]:.60}"})
    try:
        wanted = ImageFilter(**{name: given.getlist(name) if name in LISTS else given[name] for name in given})
    except InvalidFilter as error:
        raise ValidationError({"query": "; ".join(one["msg"] for one in error.errors()[:3])}) from error
    if wanted.is_empty:
        raise ValidationError({"query": "query must have a condition"})
    kept = QueryDict(mutable=True)
    for name in ImageFilter.model_fields:
        values = given.getlist(name) if name in LISTS else [given[name]] if name in given else []
        kept.setlist(name, [value.strip() for value in values if value.strip()])
    return kept.urlencode()


def saved_as(query: str, searches: Iterable[SavedSearch]) -> SavedSearch | None:
    """Return the one of `searches` that asks for what a query string does, if any."""
    try:
        wanted = canonical(query)
    except ValidationError:
        return None
    return next((one for one in searches if one.query == wanted), None)


def what_is_gone(wanted: ImageFilter, owner: Any) -> list[str]:
    """Return sentences on the tags and the collection of a search that the owner has no longer."""
    sentences = []
    for tag in wanted.tag:
        if not ImageTag.objects.owned_by(owner).filter(name=tag).exists():
            sentences.append(_("None of your images has the tag “%(tag)s” any more.") % {"tag": tag})
    if wanted.collection and not Collection.objects.owned_by(owner).filter(pk=wanted.collection).exists():
        sentences.append(_("The collection of this search was deleted."))
    return sentences


def find_search(owner: Any, pk: uuid.UUID) -> SavedSearch:
    """Return a saved search of `owner`. Raises SavedSearch.DoesNotExist."""
    return SavedSearch.objects.owned_by(owner).get(pk=pk)
