"""What users keep: styles and presets, their own or shared, and the state of their studio."""

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
MOST_CHARACTERS = 50_000  # of a preset as JSON; images belong in uploads


class SavedQuerySet(models.QuerySet):
    """Queries on styles and presets."""

    def visible_to(self, user: Any) -> Self:
        """Return the rows that `user` may use: their own first, then shared ones, by name."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(owner=user) | Q(owner=None)).order_by(F("owner").asc(nulls_last=True), "name", "pk")


class Saved(models.Model):
    """Base of named rows that belong to one user or, without an owner, are shared."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="%(class)ss",
        help_text="Empty: shared with all users.",
    )
    name = models.CharField(max_length=LONGEST_NAME)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """Names are unique for each owner, and among the shared ones."""

        abstract = True
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_%(class)s_of_each_name",
                violation_error_message="You have one with this name already.",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(owner=None),
                name="one_shared_%(class)s_of_each_name",
                violation_error_message="A shared one has this name already.",
            ),
        ]

    def __str__(self) -> str:
        """Name."""
        return self.name

    def clean(self) -> None:
        """Strip the name; refuse an empty one, and one with control characters."""
        self.name = self.name.strip()
        if not self.name:
            raise ValidationError({"name": f"name must be 1 to {LONGEST_NAME} characters; got none"})
        _check(self, "name")

    @property
    def is_shared(self) -> bool:
        """Whether all users may use it."""
        return self.owner_id is None


class Style(Saved):
    """Text that is added to the prompts of a request; `{prompt}` marks the place of the request's own."""

    prompt = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(PROMPT_CHARACTERS)],
        help_text="{prompt} marks the place of the user's prompt; without it the style is appended after a comma.",
    )
    negative_prompt = models.TextField(blank=True, validators=[MaxLengthValidator(PROMPT_CHARACTERS)])

    objects = SavedQuerySet.as_manager()

    def clean(self) -> None:
        """Refuse a style without text, and text that the database cannot store."""
        super().clean()
        if not (self.prompt.strip() or self.negative_prompt.strip()):
            raise ValidationError({"prompt": "prompt or negative_prompt must not be empty"})
        for name in ("prompt", "negative_prompt"):
            _check(self, name)


class Preset(Saved):
    """Named parameters of a request."""

    parameters = models.JSONField(default=dict, help_text='Fields of a request: {"steps": 30, "sampler": "euler_a"}.')

    objects = SavedQuerySet.as_manager()

    def clean(self) -> None:
        """Refuse parameters that the schema refuses."""
        super().clean()
        self.parameters = check_parameters(self.parameters)


class StudioState(models.Model):
    """Settings and open folds of one user's studio; without prompt and images, which stay in the tab."""

    owner = models.OneToOneField(
        "accounts.User", primary_key=True, on_delete=models.CASCADE, related_name="studio_state"
    )
    form = models.JSONField(default=dict, blank=True, help_text="Parameters of a request.")
    folds = models.JSONField(default=list, blank=True, help_text="Names of the open folds.")
    version = models.PositiveBigIntegerField(default=0, editable=False, help_text="Grows with every change.")
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        """Whose it is."""
        return f"studio of {self.owner}"


def check_parameters(parameters: Any) -> dict[str, Any]:
    """Return the fields of a request as JSON values, checked by the schema.

    Raises:
        ValidationError: Django's, naming each field at fault as `parameters.name`.
    """
    if not isinstance(parameters, dict) or not parameters:
        raise ValidationError({"parameters": "parameters must be an object with at least one field of a request"})
    if len(json.dumps(parameters, default=str)) > MOST_CHARACTERS:
        raise ValidationError(
            {"parameters": f"parameters must be at most {MOST_CHARACTERS} characters as JSON; store images as uploads"}
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
