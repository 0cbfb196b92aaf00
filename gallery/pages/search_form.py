"""The search line of the library: what its address says, and what one could choose next."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from pydantic import ValidationError

from gallery.models import Collection, Image
from gallery.search.filters import Facets, ImageFilter, count_facets

FIELDS = ("q", "checkpoint", "task", "format", "collection", "since", "until", "seed", "job")
TASKS = {
    "text_to_image": "From text",
    "image_to_image": "From an image",
    "inpaint": "Inpainted",
    "upscale": "Enlarged",
}
FORMATS = dict(Image.Format.choices)
ENOUGH_TO_CHOOSE = 2
# pydantic's error type -> a sentence of the field's name and the error's context
MESSAGES = {
    "literal_error": "{name} must be {expected}",
    "string_too_long": "{name} must be at most {max_length} characters",
    "uuid_parsing": "{name} must be an id",
    "int_parsing": "{name} must be a whole number",
    "greater_than_equal": "{name} must be a whole number, 0 or more",
    "less_than": "{name} must be a whole number below 2^63",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Choice:
    """One value of a choice; `images` is how many have it, None where nobody counted."""

    value: str
    label: str
    images: int | None
    chosen: bool


@dataclass(frozen=True)
class Select:
    """One choice of the form; `blank` is what stands for no choice."""

    name: str
    blank: str
    choices: list[Choice]
    is_wrong: bool = False


@dataclass(frozen=True)
class Chip:
    """Something chosen that a link takes back; `query` is the address without it."""

    label: str
    query: str


@dataclass(frozen=True)
class SearchForm:
    """What an address asks for: `wanted` is None where it cannot be asked, and `errors` say why by field."""

    said: dict[str, str]
    tags: list[str]
    wanted: ImageFilter | None
    errors: dict[str, str]
    selects: list[Select] = field(default_factory=list)
    found: Facets | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked for."""
        return self.wanted is not None and self.wanted.is_empty

    @property
    def query(self) -> str:
        """The address's query, without what is empty."""
        return self._query()

    @property
    def chips(self) -> list[Chip]:
        """What has no field of its own: the tags, and one job."""
        chips = [Chip(tag, self._query(without_tag=tag)) for tag in self.tags]
        return [*chips, Chip("one job", self._query(without="job"))] if "job" in self.said else chips

    @property
    def has_more(self) -> bool:
        """Tell whether days or a seed are asked for."""
        return bool({"since", "until", "seed"} & (set(self.said) | set(self.errors)))

    @property
    def day_field(self) -> str:
        """The kind of field that shows what was said as days: a field for dates would drop moments and mistakes."""
        said = [self.said.get(name) for name in ("since", "until")]
        return "date" if all(value is None or _DAY.fullmatch(value) for value in said) and not self.errors else "text"

    def _query(self, *, without: str = "", without_tag: str = "") -> str:
        query = QueryDict(mutable=True)
        for name, value in self.said.items():
            if name != without:
                query[name] = value
        query.setlist("tag", [tag for tag in self.tags if tag != without_tag])
        return query.urlencode()


def read(query: QueryDict) -> SearchForm:
    """Return what an address asks for."""
    said = {name: value for name in FIELDS if (value := query.get(name, "").strip())}
    tags = [tag for tag in query.getlist("tag") if tag.strip()]
    try:
        wanted = ImageFilter(**said, tag=tags)
    except ValidationError as refused:
        return SearchForm(said, tags, None, _sentences(refused))
    return SearchForm(said, wanted.tag, wanted, {})


def with_choices(form: SearchForm, owner: Any) -> SearchForm:
    """Return `form` with what could be chosen: of every kind where there is something to choose. Three queries."""
    found = count_facets(Image.objects.owned_by(owner), form.wanted or ImageFilter(), owner)
    own = Collection.objects.owned_by(owner).order_by("folded").values_list("pk", "name")
    tags = [(name, number) for name, number in found.tags if name not in form.tags]
    selects = [
        _select(form, "checkpoint", "Any checkpoint", found.checkpoints, {}),
        _select(form, "task", "Any kind", found.tasks, TASKS),
        _select(form, "format", "Any format", found.formats, FORMATS),
        Select("tag", "And a tag" if form.tags else "Any tag", _choices(form, "tag", tags, {})),
        _collections(form, own),
    ]
    chosen = [select for select in selects if select.choices]
    return SearchForm(form.said, form.tags, form.wanted, form.errors, chosen, found)


def _select(form: SearchForm, name: str, blank: str, counts: list[tuple[str, int]], labels: dict[str, str]) -> Select:
    choices = _choices(form, name, counts, labels)
    asked = form.said.get(name)
    if asked and not any(choice.chosen for choice in choices):
        choices.append(Choice(asked, labels.get(asked, asked), 0, True))
    shown = choices if asked or len(choices) >= ENOUGH_TO_CHOOSE else []
    return Select(name, blank, shown, name in form.errors)


def _choices(form: SearchForm, name: str, counts: list[tuple[str, int]], labels: dict[str, str]) -> list[Choice]:
    asked = form.said.get(name)
    return [Choice(value, labels.get(value, value), number, value == asked) for value, number in counts]


def _collections(form: SearchForm, own: Iterable[tuple[uuid.UUID, str]]) -> Select:
    asked = form.wanted.collection if form.wanted else None
    choices = [Choice(str(pk), name, None, pk == asked) for pk, name in own]
    if asked and not any(choice.chosen for choice in choices):
        choices.append(Choice(str(asked), "One that is gone", 0, True))
    return Select("collection", "Any collection", choices)


def _sentences(refused: ValidationError) -> dict[str, str]:
    return {str(problem["loc"][0]): _sentence(str(problem["loc"][0]), problem) for problem in refused.errors()}


def _sentence(name: str, problem: Any) -> str:
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":  # a sentence of our own
        return str(context["error"])
    known = MESSAGES.get(problem["type"], "{name}: {msg}")
    return known.format(name=name, msg=problem["msg"], **context)
