"""Forms of the admin: adding a checkpoint, for which three fields are enough, and limits of a role."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminSelectWidget

from gallery.imaging.open_image import UnusableImage
from generation.checkpoints.actions import WEIGHT_DEFAULTS, LocationRefused, locate
from generation.checkpoints.cover_image import MOST_BYTES, prepare_cover
from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.models import Checkpoint, Job, RoleLimits
from generation.parameters import catalog
from generation.parameters.schema import SPEED_MODES, TASKS
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource

DEFAULTS = (
    "size_policy",
    "negative_prompt",
    "trigger_words",
    "clip_skip",
    "upscaler",
    "studio_upscale_by",
    "vae",
    "picture",
)
MEMORY = ("prediction_type", "precision", "memory_mode", "tiled_vae")
ROWS = {"description": 3, "sizes": 2, "vocabulary": 4, "negative_prompt": 2}


def _choice(labels: Mapping[str, str], help_text: str = "") -> forms.ChoiceField:
    choices = [("", "Filled in when saved"), *labels.items()]
    return forms.ChoiceField(choices=choices, required=False, widget=UnfoldAdminSelectWidget, help_text=help_text)


class CheckpointForm(forms.ModelForm):
    """Form of a checkpoint; blank fields are filled from the weights' headers and their family."""

    family = _choice({key: row.label for key, row in FAMILIES.items()}, "Required for a Hub id.")
    sampler = _choice({key: row.label for key, row in catalog.SAMPLERS.items()})
    schedule = _choice(catalog.SCHEDULES)

    class Meta:
        """The fields of the form."""

        model = Checkpoint
        fields = (
            "title",
            "slug",
            "description",
            "licence",
            "kind",
            "location",
            "revision",
            "enabled",
            "is_default",
            "sizes",
            "vocabulary",
            *DEFAULTS,
            *MEMORY,
            *WEIGHT_DEFAULTS,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let WEIGHT_DEFAULTS be blank; a new checkpoint starts with them blank, not with the columns' defaults."""
        super().__init__(*args, **kwargs)
        for name in ("studio_upscale_by", "draft_steps"):
            if name in self.fields:
                self.fields[name].required = False
        self.cover_before = self.instance.picture.name or ""
        for name, field in self.fields.items():
            field.show_hidden_initial = False  # Django's habit for columns with a computed default
            if name in ROWS:
                field.widget.attrs["rows"] = ROWS[name]
            if name in WEIGHT_DEFAULTS:
                field.required = field.widget.is_required = False
                if self.instance.pk is None:
                    self.initial[name] = None

    @property
    def moved(self) -> bool:
        """Whether other weights are chosen than before."""
        return bool({"kind", "location", "revision"} & set(self.changed_data)) or self.instance.pk is None

    @property
    def measured_anew(self) -> bool:
        """Whether measured speeds no longer hold: other weights are chosen, or other ways to keep them in memory."""
        return self.moved or bool({"precision", "memory_mode", "tiled_vae", "vae"} & set(self.changed_data))

    def clean_draft_steps(self) -> int:
        """Return the steps of drafts, the column's default where none are given."""
        return self.cleaned_data["draft_steps"] or Checkpoint._meta.get_field("draft_steps").default

    def clean_studio_upscale_by(self) -> float:
        """Take an empty field as 1."""
        return self.cleaned_data["studio_upscale_by"] or 1.0

    def clean_picture(self) -> Any:
        """Scale a new cover image down."""
        sent = self.cleaned_data["picture"]
        if not isinstance(sent, UploadedFile):
            return sent
        if sent.size and sent.size > MOST_BYTES:
            raise forms.ValidationError(f"The cover image must be at most {MOST_BYTES // 2**20} MB as a file.")
        try:
            return prepare_cover(sent.read())
        except UnusableImage as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Find and inspect the weights, then fill the blank fields."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("is_default") and not cleaned.get("enabled"):
            self.add_error("enabled", "The default must be enabled.")
        if "location" in cleaned and "kind" in cleaned and self.moved:
            self._take_location(cleaned)
        if not self.errors:
            self._fill_from_family(cleaned)
        return cleaned

    def _take_location(self, cleaned: dict[str, Any]) -> None:
        kind = cleaned["kind"]
        try:
            cleaned["location"] = locate(kind=kind, location=cleaned["location"])
            if kind == Checkpoint.Kind.HUB:
                self.instance.found_prediction = self.instance.found_dtype = ""
                self.instance.size_bytes = 0  # asking the Hub would keep the page waiting; the worker finds out
                return
            source = CheckpointSource(cleaned.get("slug") or "new", kind, cleaned["location"])
            found = inspect(source)
        except LocationRefused as refused:
            self.add_error("location", str(refused))
        except GenerationError as error:
            self.add_error("location", error.message)
        except OSError as error:
            self.add_error("location", f"It cannot be read: {error.strerror}.")
        else:
            if cleaned.get("family") not in ("", None, found.family):
                label = FAMILIES[found.family].label
                self.add_error("family", f"These weights are {label}; choose that or leave it blank.")
            self.instance.size_bytes = found.size_bytes
            self.instance.found_prediction, self.instance.found_dtype = found.prediction_type, found.dtype
            self._fill(cleaned, {name: getattr(found, name) for name in WEIGHT_DEFAULTS})

    def _fill_from_family(self, cleaned: dict[str, Any]) -> None:
        family = FAMILIES.get(cleaned["family"])
        if family is None:
            self.add_error("family", "Choose the family: it cannot be read from here.")
            return
        self._fill(cleaned, {name: getattr(family, name) for name in WEIGHT_DEFAULTS if name != "family"})

    @staticmethod
    def _fill(cleaned: dict[str, Any], values: dict[str, Any]) -> None:
        for name, value in values.items():
            if cleaned.get(name) in (None, "") and value not in (None, ""):
                cleaned[name] = value

    def _post_clean(self) -> None:
        # Blanks that another mistake kept from being filled are no mistakes of their own.
        wrong = set(self.errors)
        blank = {name for name in WEIGHT_DEFAULTS if self.cleaned_data.get(name) in (None, "")}
        super()._post_clean()  # type: ignore[misc]
        for name in blank - wrong:
            self.errors.pop(name, None)

    def _get_validation_exclusions(self) -> set[str]:
        # Saving moves the default, so ticking the box while another has it is no mistake.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"is_default"}


class RoleLimitsForm(forms.ModelForm):
    """Form of role limits: tasks, speed modes and sources are ticked."""

    tasks = forms.MultipleChoiceField(
        required=False,
        choices=[(task, task.replace("_", " ")) for task in TASKS],
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all.",
    )
    speed_modes = forms.MultipleChoiceField(
        required=False,
        choices=[(mode, mode) for mode in SPEED_MODES],
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all.",
    )
    sources = forms.MultipleChoiceField(
        label="APIs",
        required=False,
        choices=[(source.value, source.label) for source in Job.SOURCES_OF_ROLES],
        widget=forms.CheckboxSelectMultiple,
        help_text="Pages and APIs that may submit jobs. None chosen: all.",
    )

    class Meta:
        """The ticked fields; the admin adds those of its fieldsets."""

        model = RoleLimits
        fields = ("tasks", "speed_modes", "sources")
