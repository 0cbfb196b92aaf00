"""What people keep to use again: styles and presets, their own or shared with everybody."""

import json
import uuid
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from pydantic import ValidationError as Invalid

from generation.errors import refusal_from_validation
from generation.parameters.ranges import PROMPT_CHARACTERS
from generation.parameters.schema import GenerationParameters
from generation.parameters.validators import check_text

LONGEST_NAME = 80
MOST_CHARACTERS = 50_000  # of a preset as JSON: pictures belong among the uploads


class SavedQuerySet(models.QuerySet):
    """Questions one asks of what people keep."""

    def visible_to(self, user: Any) -> Self:
        """What `user` may use: their own first, then what is shared, by name."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(owner=user) | Q(owner=None)).order_by(F("owner").asc(nulls_last=True), "name", "pk")


class Saved(models.Model):
    """Something with a name that belongs to one person, or to nobody: then everybody may use it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="%(class)ss",
        help_text="Empty: shared with everybody.",
    )
    name = models.CharField(max_length=LONGEST_NAME)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """A name is one of its owner's, and one of the shared ones."""

        abstract = True
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_%(class)s_of_each_name",
                violation_error_message="Another one of yours has this name.",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(owner=None),
                name="one_shared_%(class)s_of_each_name",
                violation_error_message="Another shared one has this name.",
            ),
        ]

    def __str__(self) -> str:
        """Name."""
        return self.name

    def clean(self) -> None:
        """Refuse a name of spaces alone, and one that no font can draw."""
        self.name = self.name.strip()
        if not self.name:
            raise ValidationError({"name": f"name must be 1 to {LONGEST_NAME} characters; got none"})
        _check(self, "name")

    @property
    def is_shared(self) -> bool:
        """Tell whether everybody may use it."""
        return self.owner_id is None


class Style(Saved):
    """Words that are laid over a wish's prompts; `{prompt}` is where one's own go."""

    prompt = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(PROMPT_CHARACTERS)],
        help_text="{prompt} is where one's own prompt goes; without it this is appended after a comma.",
    )
    negative_prompt = models.TextField(blank=True, validators=[MaxLengthValidator(PROMPT_CHARACTERS)])

    objects = SavedQuerySet.as_manager()

    def clean(self) -> None:
        """Refuse a style that says nothing, and text that no row can hold."""
        super().clean()
        if not (self.prompt.strip() or self.negative_prompt.strip()):
            raise ValidationError({"prompt": "prompt or negative_prompt must say something"})
        for name in ("prompt", "negative_prompt"):
            _check(self, name)


class Preset(Saved):
    """Some fields of a wish under a name."""

    parameters = models.JSONField(default=dict, help_text='Fields of a wish: {"steps": 30, "sampler": "euler_a"}.')

    objects = SavedQuerySet.as_manager()

    def clean(self) -> None:
        """Refuse parameters that no wish may have."""
        super().clean()
        self.parameters = checked_parameters(self.parameters)


def checked_parameters(parameters: Any) -> dict[str, Any]:
    """Return the fields of a wish as JSON values, checked by the schema.

    Raises:
        ValidationError: Django's, naming each field at fault as `parameters.name`.
    """
    if not isinstance(parameters, dict) or not parameters:
        raise ValidationError({"parameters": "parameters must be an object with one field of a wish at least"})
    if len(json.dumps(parameters, default=str)) > MOST_CHARACTERS:
        raise ValidationError(
            {"parameters": f"parameters must be at most {MOST_CHARACTERS} characters as JSON; keep pictures as uploads"}
        )
    try:
        requested = GenerationParameters.model_validate(parameters)
    except Invalid as error:
        fields = refusal_from_validation(error).fields
        raise ValidationError(
            {"parameters": [f"parameters.{name}: {said}" for name, said in fields.items()]}
        ) from error
    return requested.model_dump(mode="json", include=set(parameters))


def _check(row: models.Model, name: str) -> None:
    try:
        check_text(name, getattr(row, name))
    except ValueError as error:
        raise ValidationError({name: str(error)}) from error
