"""Search form of the library: the conditions in the query string, and the values to choose from."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError as RowRefused
from django.http import Http404, QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from gallery.models import Collection, Image
from gallery.search.facets import Facets, count_facets
from gallery.search.filters import ImageFilter
from gallery.search.meaning.references import describe_progress
from gallery.search.meaning.words import MeaningUnavailable
from sdsite.accounts.credentials import Credentials

LABELS = {"q": "Search"}  # of fields whose label is not their name
SELECTED = ("checkpoint", "task", "format", "collection", "aspect", "min_rating", "visibility")  # by a select
TYPED = ("q", "meaning", "since", "until", "seed")
LINKED = ("similar", "by", "favourite", "lora", "sampler", "size", "date", "rating", "job")  # by links only
FIELDS = (*TYPED, *SELECTED, *LINKED, "tz")
TASKS = {
    "text_to_image": gettext_lazy("Text to image"),
    "image_to_image": gettext_lazy("Image to image"),
    "inpaint": gettext_lazy("Inpaint"),
    "upscale": gettext_lazy("Upscale"),
}
ASPECTS = {
    "portrait": gettext_lazy("Portrait"),
    "square": gettext_lazy("Square"),
    "landscape": gettext_lazy("Landscape"),
}
RATINGS = {str(stars): "★" * stars for stars in range(5, 0, -1)}
AUDIENCES = {
    "private": gettext_lazy("Private"),
    "members": gettext_lazy("People of this site"),
    "public": gettext_lazy("Public"),
}
FORMATS = dict(Image.Format.choices)
ENOUGH_TO_CHOOSE = 2
LONGEST_REFERENCE = 40  # characters of the prompt of the image that others are compared with
# pydantic's error type -> message with the field's label and the error's context
MESSAGES = {
    "literal_error": "{label} must be {expected}",
    "string_too_long": "{label} must be at most {max_length} characters",
    "uuid_parsing": "{label} must be an id",
    "int_parsing": "{label} must be a whole number",
    "greater_than_equal": "{label} must be a whole number, 0 or more",
    "less_than_equal": "{label} must be a whole number, at most {le}",
    "bool_parsing": "{label} must be true or false",
    "less_than": "{label} must be a whole number below 2^63",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Choice:
    """One option of a select; `images` is how many images have it (None: not counted), or at least so many."""

    value: str
    label: str
    images: int | None
    chosen: bool
    at_least: bool = False


@dataclass(frozen=True)
class Select:
    """One select of the form; `blank` is the label of its empty option."""

    name: str
    label: str
    blank: str
    choices: list[Choice]
    is_wrong: bool = False

    @property
    def is_set(self) -> bool:
        """Tell whether one of its choices is chosen."""
        return any(choice.chosen for choice in self.choices)


@dataclass(frozen=True)
class Chip:
    """One active condition with a link that removes it; `query` is the query string without it.

    `image` is the one that others are compared with.
    """

    label: str
    query: str
    image: Image | None = None


@dataclass(frozen=True)
class SearchForm:
    """The search form with its values; `image_filter` is None if they are not valid, and `errors` say why by field."""

    values: dict[str, str]
    tags: list[str]
    image_filter: ImageFilter | None
    errors: dict[str, str]
    selects: list[Select] = field(default_factory=list)
    facets: Facets | None = None
    reference: Image | None = None  # that `similar` names, as the reader may see it
    progress: str = ""  # where not all images are indexed by meaning, and the search goes by it

    @property
    def is_empty(self) -> bool:
        """Tell whether the form has no condition."""
        return self.image_filter is not None and self.image_filter.is_empty

    @property
    def query(self) -> str:
        """The query string, without empty fields."""
        return self._query()

    @property
    def chips(self) -> list[Chip]:
        """Active conditions without a field in the form: the tags, and those that links give."""
        chips = [Chip(tag, self._query(without_tag=tag)) for tag in self.tags]
        labels = {"favourite": _("Favourites"), "job": _("One job"), "similar": self._similar_label()}
        linked = [name for name in LINKED if name in self.values and name != "by"]
        shown = {name: labels.get(name, self.values[name]) for name in linked}
        images = {"similar": self.reference}
        return [*chips, *(Chip(label, self._query(without=name), images.get(name)) for name, label in shown.items())]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Conditions without a field that can be seen, which a submitted form keeps."""
        offered = {select.name for select in self.selects}
        names = [*LINKED, *(name for name in SELECTED if name not in offered)]
        return [("tag", tag) for tag in self.tags] + [
            (name, self.values[name]) for name in names if name in self.values
        ]

    @property
    def favourites_query(self) -> str:
        """The query string with only favourites, or with all again."""
        if "favourite" in self.values:
            return self._query(without="favourite")
        return "&".join(filter(None, (self._query(), "favourite=true")))

    @property
    def has_more(self) -> bool:
        """Tell whether a condition among "More" is given."""
        return bool({"seed", *SELECTED[1:]} & (set(self.values) | set(self.errors)))

    @property
    def day_field(self) -> str:
        """Type of the date inputs: `date` only if it can show the values; it would drop times and invalid text."""
        values = [self.values.get(name) for name in ("since", "until")]
        return "date" if all(value is None or _DAY.fullmatch(value) for value in values) and not self.errors else "text"

    def _similar_label(self) -> str:
        if self.reference is None:
            return _("Similar to an image that is gone")
        prompt = Truncator(self.reference.prompt).chars(LONGEST_REFERENCE)
        if self.values.get("by") == "meaning":
            named = _("Similar in meaning to %(prompt)s") % {"prompt": prompt}
            return named if prompt else _("Similar in meaning to an image")
        return _("Similar to %(prompt)s") % {"prompt": prompt} if prompt else _("Similar to an image")

    def _query(self, *, without: str = "", without_tag: str = "") -> str:
        query = QueryDict(mutable=True)
        for name, value in self.values.items():
            if name != without and (name, without) != ("by", "similar"):
                query[name] = value
        query.setlist("tag", [tag for tag in self.tags if tag != without_tag])
        return query.urlencode()


def read(query: QueryDict) -> SearchForm:
    """Return the form with the values of a query string."""
    values = {name: value for name in FIELDS if (value := query.get(name, "").strip())}
    tags = [tag for tag in query.getlist("tag") if tag.strip()]
    try:
        image_filter = ImageFilter(**values, tag=tags)
    except ValidationError as refused:
        return SearchForm(values, tags, None, _messages(refused))
    return SearchForm(values, image_filter.tag, image_filter, {})


def with_reference(form: SearchForm, reader: Credentials) -> SearchForm:
    """Return `form` with the image that others are compared with, or with the sentence that says why it cannot be."""
    wanted = form.image_filter
    if not (wanted and wanted.compares):
        return form
    found = Image.objects.visible_to(reader).filter(pk=wanted.similar).first() if wanted.similar else None
    shown = replace(form, reference=found and found.as_seen_by(reader))
    try:
        wanted.reference(reader)
    except Http404:
        return _refused(shown, _("The image that others should be similar to was deleted, or you may not see it."))
    except RowRefused as error:
        return _refused(shown, " ".join(error.messages))
    except MeaningUnavailable as error:
        return _refused(shown, str(error))
    by_meaning = wanted.meaning is not None or wanted.by == "meaning"
    return replace(shown, progress=describe_progress() if by_meaning else "")


def _refused(form: SearchForm, sentence: str) -> SearchForm:
    name = "meaning" if "meaning" in form.values else "similar"
    return replace(form, image_filter=None, errors={**form.errors, name: sentence})


def with_choices(form: SearchForm, owner: Any) -> SearchForm:
    """Return `form` with its selects and facets; selects without a choice are left out. Three queries."""
    counted = count_facets(Image.objects.owned_by(owner).kept(), form.image_filter or ImageFilter(), owner)
    own = Collection.objects.owned_by(owner).order_by("folded").values_list("pk", "name")
    form = replace(form, facets=counted)
    tags = [(name, number) for name, number in counted.tags if name not in form.tags]
    all_tags = _("Another tag") if form.tags else _("All tags")
    selects = [
        _select(form, ("checkpoint", _("Checkpoint"), _("All checkpoints")), counted.checkpoints, {}),
        Select("tag", _("Tag"), all_tags, _choices(form, "tag", tags, {})),
        _select(form, ("task", _("Task"), _("All tasks")), counted.tasks, TASKS),
        _select(form, ("format", _("Format"), _("All formats")), counted.formats, FORMATS),
        _collections(form, own),
        _fixed(form, "aspect", _("Aspect ratio"), _("All aspect ratios"), ASPECTS),
        _fixed(
            form, "min_rating", _("Rating"), _("Any rating"), {stars: f"{sign} +" for stars, sign in RATINGS.items()}
        ),
        _fixed(form, "visibility", _("Visibility"), _("Private and shared"), AUDIENCES),
    ]
    shown = [select for select in selects if select.choices]
    return replace(form, selects=shown)


def _fixed(form: SearchForm, name: str, label: str, blank: str, labels: dict[str, Any]) -> Select:
    chosen = form.values.get(name)
    choices = [Choice(value, text, None, value == chosen) for value, text in labels.items()]
    return Select(name, label, blank, choices, name in form.errors)


def _select(
    form: SearchForm, named: tuple[str, str, str], counts: list[tuple[str, int]], labels: dict[str, Any]
) -> Select:
    """Return a select of what was counted; `named` are its name, its label and that of its empty option."""
    name, label, blank = named
    chosen = form.values.get(name)
    if chosen and chosen not in dict(counts):
        counts = [*counts, (chosen, 0)]
    choices = _choices(form, name, counts, labels)
    shown = choices if chosen or len(choices) >= ENOUGH_TO_CHOOSE else []
    return Select(name, label, blank, shown, name in form.errors)


def _choices(form: SearchForm, name: str, counts: list[tuple[str, int]], labels: dict[str, Any]) -> list[Choice]:
    chosen = form.values.get(name)
    bounded = form.facets is not None and not form.facets.all_counted
    # Of a bounded count 0 says nothing: older images may have the value.
    return [
        Choice(value, labels.get(value, value), None if bounded and not number else number, value == chosen, bounded)
        for value, number in counts
    ]


def _collections(form: SearchForm, own: Iterable[tuple[uuid.UUID, str]]) -> Select:
    chosen = form.image_filter.collection if form.image_filter else None
    choices = [Choice(str(pk), name, None, pk == chosen) for pk, name in own]
    if chosen and not any(choice.chosen for choice in choices):
        choices.append(Choice(str(chosen), _("Deleted collection"), 0, True))
    return Select("collection", _("Collection"), _("All collections"), choices)


def _messages(refused: ValidationError) -> dict[str, str]:
    return {str(problem["loc"][0]): _message(str(problem["loc"][0]), problem) for problem in refused.errors()}


def _message(name: str, problem: Any) -> str:
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":  # a message of a validator, which begins with the name of the field
        message = str(context["error"])
        return f"{message[:1].upper()}{message[1:]}"
    label = LABELS.get(name, name.capitalize())
    return MESSAGES.get(problem["type"], "{label}: {msg}").format(label=label, msg=problem["msg"], **context)
