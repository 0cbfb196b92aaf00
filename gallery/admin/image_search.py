"""Search of the administration's images: by words of prompts, owner, seed and ids, each at a bounded cost."""

import uuid
from collections.abc import Iterator

from gallery.models.image import ImageQuerySet
from gallery.search.filters import LONGEST_QUERY, MOST_TERMS, SEEDS
from gallery.search.plan import within_bound
from gallery.search.tokenizer import ParsedQuery, parse_query
from gallery.search.words import checks_of, needed_words
from sdsite.accounts.models import User

MOST_FOUND = 200  # newest images that are found in each way of searching
MOST_SEARCHED = 10_000  # newest images, among which frequent words are looked for
MOST_OWNERS = 10  # people in whose names the text may be
FEWEST_DIGITS = 4  # of the beginning of an id
ID_DIGITS = 32


def search_images(images: ImageQuerySet, text: str) -> tuple[ImageQuerySet, bool]:
    """Return those of `images` that `text` finds, and whether there may be more, which are older.

    It is words of a prompt as in the library, a part of a username, a seed, or the beginning of an id of an image or
    a job; what is found in any of these ways counts.
    """
    found: set[uuid.UUID] = set()
    searched_all = True
    for some, is_whole in _ways(images.order_by(), text[:LONGEST_QUERY]):
        ids = list(some.values_list("pk", flat=True)[: MOST_FOUND + 1])
        found.update(ids[:MOST_FOUND])
        searched_all = searched_all and is_whole and len(ids) <= MOST_FOUND
    return images.filter(pk__in=found), not searched_all


def _ways(images: ImageQuerySet, text: str) -> Iterator[tuple[ImageQuerySet, bool]]:
    """Yield queries with what is found in one way, the newest first, and whether it looks at all images."""
    query = parse_query(text, MOST_TERMS)
    if not query.is_empty:
        yield _with_words(images, query)
    for owner in User.objects.filter(username__icontains=text)[:MOST_OWNERS]:
        of_owner = images.filter(owner=owner)
        # The trash apart: the index of one person's newest images begins with whether they are in it.
        yield of_owner.filter(trashed_at=None).order_by("-created_at", "-pk"), True
        yield of_owner.exclude(trashed_at=None).order_by("-trashed_at", "-pk"), True
    if text.isascii() and text.isdigit() and int(text) < SEEDS:
        by_seed = images.filter(seed=int(text))
        yield by_seed.filter(owner__in=User.objects.values("pk"), trashed_at=None), True  # as the index begins
        yield by_seed.exclude(trashed_at=None), True
    if (ends := _range_of(text)) is not None:
        yield images.filter(pk__range=ends), True
        yield images.filter(job_id__range=ends), True


def _with_words(images: ImageQuerySet, query: ParsedQuery) -> tuple[ImageQuerySet, bool]:
    """Return the images of a query of words; where each word is frequent, those among the newest."""
    needed = needed_words(query, {"owner__in": User.objects.values("pk")})
    found, is_whole = within_bound(images, needed, checks_of(query), MOST_SEARCHED)
    return found.order_by("-created_at"), is_whole


def _range_of(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the first and the last id that begin with `text`; None if none does."""
    digits = text.replace("-", "").lower()
    if not FEWEST_DIGITS <= len(digits) <= ID_DIGITS or set(digits) - set("0123456789abcdef"):
        return None
    return uuid.UUID(digits.ljust(ID_DIGITS, "0")), uuid.UUID(digits.ljust(ID_DIGITS, "f"))
