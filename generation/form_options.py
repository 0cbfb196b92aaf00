"""Data of the studio's form: checkpoints, what their families can do, adapters, axes of X/Y/Z plots."""

from collections.abc import Iterable, Mapping
from typing import Any

from generation.families import FAMILIES, PARAMETERS
from generation.families.record import Family
from generation.limits import Limits, adapters_offered_to
from generation.models import Checkpoint
from generation.parameters import catalog
from generation.parameters.labels import full_label
from generation.parameters.nested import REPLACE
from generation.parameters.ranges import GRID_AXES, IMAGES_A_JOB, MOST_CONTROLS, MOST_LORAS, RANGES
from generation.parameters.schema import TASKS, GenerationParameters
from generation.serializers.catalog import serialize_checkpoint

# Not reused by "Reuse settings": settings of the site, and values that the site derived from others.
_NOT_TAKEN = {"version", "preview", "seed", "image_prompts", "image_negative_prompts", "enhanced_from"}
PRESET_FIELDS = tuple(name for name in GenerationParameters.model_fields if name not in _NOT_TAKEN)

MOST = {"loras": MOST_LORAS, "controls": MOST_CONTROLS, "axes": GRID_AXES, "grid_images": IMAGES_A_JOB}

# (field, type of its values, source of the choices): the axes of an X/Y/Z plot that the studio offers.
_AXES: tuple[tuple[str, str, str], ...] = (
    ("prompt", "lines", ""),
    (REPLACE, "texts", ""),
    ("negative_prompt", "lines", ""),
    ("checkpoint", "choices", "checkpoint"),
    ("sampler", "choices", "sampler"),
    ("schedule", "choices", "schedule"),
    ("steps", "numbers", ""),
    ("guidance_scale", "numbers", ""),
    ("seed", "numbers", ""),
    ("width", "numbers", ""),
    ("height", "numbers", ""),
    ("strength", "numbers", ""),
    ("noise_multiplier", "numbers", ""),
    ("mask_blur", "numbers", ""),
    ("variation_seed", "numbers", ""),
    ("variation_strength", "numbers", ""),
    ("hires.scale", "numbers", ""),
    ("hires.strength", "numbers", ""),
    ("hires.steps", "numbers", ""),
    ("hires.upscaler", "choices", "hires_upscaler"),
    ("upscale_by", "numbers", ""),
    ("upscaler", "choices", "upscaler"),
    ("loras.0.name", "choices", "lora"),
    ("loras.0.weight", "numbers", ""),
    ("loras.1.weight", "numbers", ""),
    ("controls.0.weight", "numbers", ""),
    ("ip_adapter.weight", "numbers", ""),
    ("vae", "choices", "vae"),
    ("refiner.start", "numbers", ""),
    ("clip_skip", "numbers", ""),
    ("timestep_spacing", "choices", "timestep_spacing"),
    ("eta", "numbers", ""),
    ("guidance_rescale", "numbers", ""),
    ("true_cfg_scale", "numbers", ""),
)
# Labels of axes that are no field, or that vary one entry of a list.
_AXIS_LABELS = {
    REPLACE: "Prompt search and replace",
    "loras.0.name": "First LoRA",
    "loras.0.weight": "First LoRA: weight",
    "loras.1.weight": "Second LoRA: weight",
    "controls.0.weight": "First ControlNet: weight",
}
AXES = tuple(
    {"field": field, "label": _AXIS_LABELS.get(field) or full_label(field), "type": kind, "source": source}
    for field, kind, source in _AXES
)

# Labels of the values of a parameter, in the order of the form.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "resize_modes": {"crop": "Crop", "letterbox": "Fit with bars", "stretch": "Stretch"},
    "mask_areas": {"whole": "Whole image", "masked": "Only masked, at full size"},
    "mask_fills": {
        "original": "Original",
        "fill": "Fill with surrounding colours",
        "noise": "Noise",
        "nothing": "Nothing",
    },
    "timestep_spacings": {
        "linspace": "First to last",
        "leading": "Leading (DDIM)",
        "trailing": "Trailing (SGM Uniform)",
    },
    "reproducibles": {"normal": "Standard", "strict": "Bit-exact (slower)"},
    "preprocessors": catalog.PREPROCESSORS,
}


def form_context() -> dict[str, Any]:
    """Return the context of the form's templates that does not depend on checkpoints."""
    return {"axes": AXES, "most": MOST, **CHOICES}


def form_data(checkpoints: Iterable[Checkpoint], limits: Limits) -> dict[str, Any]:
    """Return the data from which the page's script updates the form for the chosen checkpoint, within `limits`."""
    return {
        "checkpoints": [
            {
                **serialize_checkpoint(checkpoint).model_dump(mode="json"),
                "studio_upscale_by": checkpoint.studio_upscale_by,
                "size_bytes": checkpoint.size_bytes,
                "size_multiple": FAMILIES[checkpoint.family].size_multiple
                if checkpoint.family in FAMILIES
                else RANGES["width"].multiple_of,
            }
            for checkpoint in checkpoints
        ],
        "samplers": [
            {
                "key": sampler.key,
                "label": sampler.label,
                "takes_eta": sampler.takes_eta,
                "spaced": sampler.spaced,
                "schedules": {family: sampler.schedules_for(family) for family in FAMILIES},
            }
            for sampler in catalog.SAMPLERS.values()
        ],
        "schedules": dict(catalog.SCHEDULES),
        "timestep_spacings": CHOICES["timestep_spacings"],
        "families": {
            key: {"label": family.label, "can": _allowed(abilities(family), limits)} for key, family in FAMILIES.items()
        },
        "upscalers": [
            {"key": upscaler.key, "label": upscaler.label, "latent": bool(upscaler.latent)}
            for upscaler in catalog.UPSCALERS.values()
        ],
        "adapters": list(
            adapters_offered_to(limits).values(
                "kind", "slug", "title", "family", "trigger_words", "default_weight", "token"
            )
        ),
        "axes": {axis["field"]: axis["label"] for axis in AXES},
    }


def _allowed(can: list[str], limits: Limits) -> list[str]:
    """Return what is no task, and the tasks that `limits` allow."""
    return [name for name in can if limits.tasks is None or name in limits.tasks or name not in TASKS]


def abilities(family: Family) -> list[str]:
    """Return the tasks of a family, and those parameters of it that only some families take."""
    features = [name for name in PARAMETERS if name in family.features]
    return [*family.tasks, *features]
