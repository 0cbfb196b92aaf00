"""Image search: the schema of filters, the query for matching images, and facet counts."""

import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal

from django.db.models import Count, Exists, OuterRef
from django.utils.dateparse import parse_date, parse_datetime
from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from gallery.models import CollectionItem, ImageTag, ImageWord
from gallery.models.image import LONGEST_CHECKPOINT, LONGEST_SAMPLER, LONGEST_TASK, Image, ImageQuerySet
from gallery.search.tokenizer import ParsedQuery, parse_query
from gallery.text import normalize_tag

LONGEST_QUERY = 500
MOST_TERMS = 20  # words and phrases of one query
MOST_TAGS = 10  # in one filter
MOST_FACETS = 50  # values of each kind
MOST_COUNTED = 10_000  # newest matching images whose facets are counted
SEEDS = 2**63
COLUMNS = {name: name for name in ("checkpoint", "sampler", "task", "format", "seed")} | {"job": "job_id"}
FACETS = ("checkpoint", "task", "format")

FIRST_YEAR, LAST_YEAR = 1900, 9000
MOMENT = (
    "{name} must be a date (2026-01-31) or a time (2026-01-31T14:05:00Z) "
    f"of the years {FIRST_YEAR} to {LAST_YEAR}; got {{value}}"
)


def _absent(value: Any) -> Any:
    """Return None for an empty text: forms send every field."""
    return None if isinstance(value, str) and not value.strip() else value


def _format(value: Any) -> Any:
    """Return the stored name of a file format: "jpg" is jpeg."""
    return "jpeg" if value == "jpg" else _absent(value)


Text = Annotated[str | None, BeforeValidator(_absent)]


class TimeWindow(BaseModel):
    """Bounds of the time of creation."""

    since: Text = Field(None, description="Created at this date or time, or later; UTC unless stated otherwise.")
    until: Text = Field(None, description="Created at this time or before; a date includes the whole day.")

    @field_validator("since", "until")
    @classmethod
    def _moments(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            end = _moment(str(info.field_name), value)[1]
            since = info.data.get("since")
            if since is not None and end <= _moment("since", since)[0]:
                raise ValueError(f"until must not be before since; got {value} and {since}")
        return value

    @property
    def start(self) -> datetime | None:
        """The first moment that matches."""
        return None if self.since is None else _moment("since", self.since)[0]

    @property
    def end(self) -> datetime | None:
        """The first moment after those that match."""
        return None if self.until is None else _moment("until", self.until)[1]


class ImageFilter(TimeWindow):
    """Filter of images; every given condition must match. An empty filter matches all."""

    q: Text = Field(
        None,
        max_length=LONGEST_QUERY,
        description='Words of the prompt: all must match, "a phrase" as written, -word excludes, the last is a prefix.',
    )
    tag: list[str] = Field(default_factory=list, description="A tag; repeat it for several, which must all match.")
    collection: Annotated[uuid.UUID | None, BeforeValidator(_absent)] = Field(
        None, description="Only the images of this collection."
    )
    checkpoint: Text = Field(None, max_length=LONGEST_CHECKPOINT, description="Slug of the checkpoint.")
    sampler: Text = Field(None, max_length=LONGEST_SAMPLER, description="Key of the sampler, as /samplers lists it.")
    task: Text = Field(None, max_length=LONGEST_TASK, description="text_to_image, image_to_image, inpaint or upscale.")
    format: Annotated[Literal["png", "jpeg", "webp"] | None, BeforeValidator(_format)] = Field(
        None, description="File format."
    )
    seed: Annotated[int | None, BeforeValidator(_absent)] = Field(None, ge=0, lt=SEEDS, description="The image's seed.")
    job: Annotated[uuid.UUID | None, BeforeValidator(_absent)] = Field(None, description="Only the images of this job.")

    @field_validator("q", "checkpoint", "sampler", "task")
    @classmethod
    def _storable(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("NUL characters are not allowed")
        return value

    @field_validator("tag")
    @classmethod
    def _tags(cls, value: list[str]) -> list[str]:
        tags = [normalize_tag(name) for name in value if name.strip()]
        if len(tags) > MOST_TAGS:
            raise ValueError(f"tag must be given at most {MOST_TAGS} times; got {len(tags)}")
        return list(dict.fromkeys(tags))

    @property
    def query(self) -> ParsedQuery:
        """`q`, parsed."""
        return parse_query(self.q or "", MOST_TERMS)

    @property
    def is_empty(self) -> bool:
        """Tell whether it has no condition."""
        return not self.model_dump(exclude_defaults=True)


def _moment(name: str, value: str) -> tuple[datetime, datetime]:
    """Return the first moment that `value` names and the first one after it: a day later, or a microsecond."""
    day, moment = None, None
    with suppress(ValueError):  # well formed, but not a date, such as the 31st of February
        day = parse_date(value.strip())
        moment = None if day else parse_datetime(value.strip())
    if day:
        moment = datetime.combine(day, time.min)
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(MOMENT.format(name=name, value=f"{value:.40}"))
    start = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return start, start + (timedelta(days=1) if day else timedelta(microseconds=1))


def filter_images(images: ImageQuerySet, wanted: ImageFilter, owner: Any) -> ImageQuerySet:
    """Return those of `images`, all of `owner`, that match; their order is not changed.

    One query, in which each condition can use an index.
    """
    given = {name: getattr(wanted, name) for name in COLUMNS}
    images = images.filter(**{COLUMNS[name]: value for name, value in given.items() if value is not None})
    if wanted.start:
        images = images.filter(created_at__gte=wanted.start)
    if wanted.end:
        images = images.filter(created_at__lt=wanted.end)
    for name in wanted.tag:
        images = images.filter(pk__in=ImageTag.objects.filter(owner=owner, name=name).values("image"))
    if wanted.collection:
        items = CollectionItem.objects.filter(collection=wanted.collection, collection__owner=owner)
        images = images.filter(pk__in=items.order_by().values("image"))
    return _with_words(images, wanted.query, owner) if wanted.q else images


@dataclass(frozen=True)
class Facets:
    """Counts of images by value, (value, count), the largest first, at most MOST_FACETS of each kind.

    `images` is how many were counted; if `all_counted` is false there are more, and these are the newest.
    """

    checkpoints: list[tuple[str, int]]
    tasks: list[tuple[str, int]]
    formats: list[tuple[str, int]]
    tags: list[tuple[str, int]]
    images: int
    all_counted: bool = True


def count_facets(images: ImageQuerySet, wanted: ImageFilter, owner: Any) -> Facets:
    """Count the values by which the matching ones of `images`, all of `owner`, could be filtered further.

    Two queries. If more than MOST_COUNTED images match, only the newest are counted.
    """
    own, tags = Image.objects.owned_by(owner), ImageTag.objects.owned_by(owner)
    if not wanted.is_empty:
        newest = filter_images(images, wanted, owner).order_by("-created_at", "-pk").values("pk")[:MOST_COUNTED]
        own, tags = own.filter(pk__in=newest), tags.filter(image__in=newest)
    counts = {column: Counter[str]() for column in FACETS}
    total = 0
    for *values, number in own.order_by().values_list(*FACETS).annotate(number=Count("pk")):
        total += number
        for column, value in zip(FACETS, values, strict=True):
            counts[column][value or ""] += number
    named = tags.order_by().values_list("name").annotate(number=Count("pk")).order_by("-number", "name")
    return Facets(
        checkpoints=_most(counts["checkpoint"]),
        tasks=_most(counts["task"]),
        formats=_most(counts["format"]),
        tags=list(named[:MOST_FACETS]),
        images=total,
        all_counted=wanted.is_empty or total < MOST_COUNTED,
    )


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    found = sorted(((value, number) for value, number in counts.items() if value), key=lambda one: (-one[1], one[0]))
    return found[:MOST_FACETS]


def _with_words(images: ImageQuerySet, query: ParsedQuery, owner: Any) -> ImageQuerySet:
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
