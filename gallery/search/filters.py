"""Image search: the schema of filters, and the query for matching images."""

import re
import uuid
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Annotated, Any, Literal

from django.db.models import F, Q
from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from gallery.models.image import LONGEST_CHECKPOINT, LONGEST_SAMPLER, LONGEST_TASK, MOST_STARS, ImageQuerySet
from gallery.models.search import LONGEST_LORA
from gallery.search.meaning.references import By, find_reference
from gallery.search.moments import Range, parse_moment, parse_period, parse_zone
from gallery.search.nearest import Reference
from gallery.search.plan import with_rows, within_bound
from gallery.search.scope import Columns, Scope, of_own
from gallery.search.tokenizer import ParsedQuery, parse_query
from gallery.search.words import checks_of, needed_rows
from gallery.text import normalize_tag
from sdsite.accounts.credentials import Credentials

LONGEST_QUERY = 500
LONGEST_MEANING = 300
MOST_TERMS = 20  # words and phrases of one query
MOST_TAGS = 10  # in one filter
SEEDS = 2**63
MOST_PIXELS = 2**31  # of one side; what a column of the database can hold
EQUAL = ("checkpoint", "sampler", "task", "format", "seed", "rating", "visibility")
INDEXED = {"checkpoint", "sampler", "task", "format", "seed", "size", "visibility", "favourite"}
MARKS = ("favourite", "rating", "min_rating")  # conditions that only the owner of images can set
COLUMNS = {name: name for name in EQUAL} | {"job": "job_id", "favourite": "is_favourite", "min_rating": "rating__gte"}
ASPECTS = {
    "portrait": Q(width__lt=F("height")),
    "square": Q(width=F("height")),
    "landscape": Q(width__gt=F("height")),
}
_SIZE = re.compile(r"([1-9]\d{0,9})\s*[x×]\s*([1-9]\d{0,9})", re.ASCII)


def _absent(value: Any) -> Any:
    """Return None for an empty text: forms send every field."""
    return None if isinstance(value, str) and not value.strip() else value


def _format(value: Any) -> Any:
    """Return the stored name of a file format: "jpg" is jpeg."""
    return "jpeg" if value == "jpg" else _absent(value)


Text = Annotated[str | None, BeforeValidator(_absent)]


class TimeWindow(BaseModel):
    """Bounds of the time of creation."""

    tz: Text = Field(
        None, description="Time zone of dates, and of times without one: a name such as Europe/Berlin; UTC otherwise."
    )
    since: Text = Field(None, description="Created at this date or time, or later; UTC unless stated otherwise.")
    until: Text = Field(None, description="Created at this time or before; a date includes the whole day.")

    @field_validator("tz")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value and parse_zone(value).key

    @field_validator("since", "until")
    @classmethod
    def _moments(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            zone = _zone(info.data.get("tz"))
            end = parse_moment(str(info.field_name), value, zone)[1]
            since = info.data.get("since")
            if since is not None and end <= parse_moment("since", since, zone)[0]:
                raise ValueError(f"until must not be before since; got {value} and {since}")
        return value

    @property
    def zone(self) -> tzinfo:
        """The time zone of dates."""
        return _zone(self.tz)

    @property
    def start(self) -> datetime | None:
        """The first moment that matches."""
        return None if self.since is None else parse_moment("since", self.since, self.zone)[0]

    @property
    def end(self) -> datetime | None:
        """The first moment after those that match."""
        return None if self.until is None else parse_moment("until", self.until, self.zone)[1]


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
    lora: Text = Field(None, max_length=LONGEST_LORA, description="Name of a LoRA.")
    sampler: Text = Field(None, max_length=LONGEST_SAMPLER, description="Key of the sampler, as /samplers lists it.")
    task: Text = Field(None, max_length=LONGEST_TASK, description="text_to_image, image_to_image, inpaint or upscale.")
    format: Annotated[Literal["png", "jpeg", "webp"] | None, BeforeValidator(_format)] = Field(
        None, description="File format."
    )
    size: Text = Field(None, description="Width and height in pixels, such as 512x768.")
    aspect: Annotated[Literal["portrait", "square", "landscape"] | None, BeforeValidator(_absent)] = Field(
        None, description="Higher than wide, as high as wide, or wider than high."
    )
    date: Text = Field(None, description="Created in this year (2026), month (2026-01) or day (2026-01-31) of `tz`.")
    favourite: Annotated[bool | None, BeforeValidator(_absent)] = Field(None, description="Favourites, or others.")
    rating: Annotated[int | None, BeforeValidator(_absent)] = Field(
        None, ge=0, le=MOST_STARS, description="Exactly this many stars; 0: not rated."
    )
    min_rating: Annotated[int | None, BeforeValidator(_absent)] = Field(
        None, ge=0, le=MOST_STARS, description="At least this many stars."
    )
    visibility: Annotated[Literal["private", "members", "public"] | None, BeforeValidator(_absent)] = Field(
        None, description="Who may see it besides its owner."
    )
    similar: Annotated[uuid.UUID | None, BeforeValidator(_absent)] = Field(
        None, description="Images that are like the one with this id, at most 500; by themselves the nearest first."
    )
    by: Annotated[By, BeforeValidator(lambda value: _absent(value) or "look")] = Field(
        "look", description="With `similar`: like it in look, or in meaning where the site has a model for it."
    )
    meaning: Text = Field(
        None,
        max_length=LONGEST_MEANING,
        description="What is to be seen, in words; the 500 images that match best, by themselves the best first.",
    )
    seed: Annotated[int | None, BeforeValidator(_absent)] = Field(None, ge=0, lt=SEEDS, description="The image's seed.")
    job: Annotated[uuid.UUID | None, BeforeValidator(_absent)] = Field(None, description="Only the images of this job.")

    scope: Annotated[Scope, BeforeValidator(lambda value: _absent(value) or "mine")] = Field(
        "mine", description="Your own images, what others share with people of this site, what is public, or all of it."
    )

    @field_validator("meaning")
    @classmethod
    def _one_reference(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("similar"):
            raise ValueError("meaning must not be given together with similar")
        return value

    @field_validator("q", "meaning", "checkpoint", "lora", "sampler", "task")
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

    @field_validator("size")
    @classmethod
    def _pixels(cls, value: str | None) -> str | None:
        if value is None:
            return None
        sides = _SIZE.fullmatch(value.strip())
        if not sides or max(map(int, sides.groups())) >= MOST_PIXELS:
            raise ValueError(f"size must be width x height in pixels, such as 512x768; got {value:.40}")
        return "{}x{}".format(*sides.groups())

    @field_validator("date")
    @classmethod
    def _period(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            parse_period(value, _zone(info.data.get("tz")))
        return value

    @property
    def query(self) -> ParsedQuery:
        """`q`, parsed."""
        return parse_query(self.q or "", MOST_TERMS)

    @property
    def compares(self) -> bool:
        """Tell whether images are compared with something, so that only the nearest match."""
        return self.similar is not None or self.meaning is not None

    def reference(self, reader: Credentials) -> Reference | None:
        """Return what images are compared with; raises as `find_reference`."""
        return find_reference(similar=self.similar, by=self.by, meaning=self.meaning, reader=reader)

    @property
    def period(self) -> Range | None:
        """The first moment of `date`, and the first one after it."""
        return None if self.date is None else parse_period(self.date, self.zone)

    @property
    def before(self) -> datetime | None:
        """The first moment after all that match."""
        return min((end for end in (self.end, self.period and self.period[1]) if end), default=None)

    @property
    def is_in_index(self) -> bool:
        """Tell whether an index has the matching images of one person by their time."""
        given = set(self.model_dump(exclude_defaults=True, exclude={"tz", "since", "until", "date"}))
        return not given or (len(given) == 1 and given <= INDEXED and self.favourite is not False)

    @property
    def is_empty(self) -> bool:
        """Tell whether it has no condition."""
        return not self.model_dump(exclude_defaults=True, exclude={"tz", "scope", "by"})


def _zone(name: str | None) -> tzinfo:
    return UTC if name is None else parse_zone(name)


def filter_images(
    images: ImageQuerySet,
    wanted: ImageFilter,
    owner: Any,
    newest: int | None = None,
    *,
    reader: Credentials | None = None,
) -> ImageQuerySet:
    """Return those of `images`, all of `owner` (None: of several people), that match; their order is not changed.

    `newest` is how many of the first ones will be read, in an order of the grid (None: all); the query is chosen by it.
    `reader` is who searches, if not `owner` in a session. It raises what `find_reference` does.
    """
    query = wanted.query
    few = None if wanted.compares else newest  # of similar images all are read
    images = with_rows(with_columns(images, wanted, owner), needed_rows(wanted, query, owner), checks_of(query), few)
    reference = wanted.reference(reader or Credentials(owner))
    return images if reference is None else reference.narrow(images, owner)


def filter_newest(
    images: ImageQuerySet,
    wanted: ImageFilter,
    owner: Any,
    most: int,
    *,
    reader: Credentials | None = None,
    since: datetime | None = None,
) -> tuple[ImageQuerySet, bool]:
    """Return what `filter_images` does, and whether it is all of it.

    Where each word is frequent and few images have them all, or as a phrase, only the newest `most` images are asked,
    or those from `since` on.
    """
    if wanted.compares:
        return filter_images(images, wanted, owner, reader=reader), True
    query = wanted.query
    images = with_columns(images, wanted, owner)
    return within_bound(images, needed_rows(wanted, query, owner), checks_of(query), most, since)


def with_columns(images: ImageQuerySet, wanted: ImageFilter, owner: Any) -> ImageQuerySet:
    """Return those of `images` that match what is in their own columns."""
    if owner is not None:
        images = of_own(images, wanted.scope)
    elif any(getattr(wanted, name) is not None for name in MARKS):
        return images.none()  # marks are their owner's alone
    given = {name: getattr(wanted, name) for name in COLUMNS}
    images = images.filter(**{COLUMNS[name]: value for name, value in given.items() if value is not None})
    if starts := [start for start in (wanted.start, wanted.period and wanted.period[0]) if start]:
        images = images.filter(created_at__gte=max(starts))
    if wanted.before:
        images = images.filter(created_at__lt=wanted.before)
    if wanted.size:
        width, height = map(int, wanted.size.split("x"))
        images = images.filter(width=width, height=height)
    if wanted.aspect:
        images = images.filter(ASPECTS[wanted.aspect])
    return images


def columns_of(wanted: ImageFilter) -> Columns:
    """Return what the search says of the columns of several people's images."""
    return Columns(partial(with_columns, wanted=wanted, owner=None), wanted.before)
