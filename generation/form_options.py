"""What the studio's form needs to know: checkpoints, what their families can do, weights beside them, axes of grids."""

from collections.abc import Iterable, Mapping
from typing import Any

from generation.models import Adapter, Checkpoint
from generation.parameters import catalog
from generation.parameters.nested import REPLACE
from generation.parameters.ranges import GRID_AXES, IMAGES_A_GRID, MOST_CONTROLS, MOST_LORAS, RANGES
from generation.parameters.schema import GenerationParameters
from generation.serializers.catalog import serialize_checkpoint

# What "use these settings" leaves behind: the site's business, and what the site worked out of the rest.
_NOT_TAKEN = {"version", "preview", "seed", "image_prompts", "image_negative_prompts"}
PRESET_FIELDS = tuple(name for name in GenerationParameters.model_fields if name not in _NOT_TAKEN)

MOST = {"loras": MOST_LORAS, "controls": MOST_CONTROLS, "axes": GRID_AXES, "grid_images": IMAGES_A_GRID}

# (field, words, type of its values, where to choose them from): what the studio offers as an axis of a grid.
_AXES: tuple[tuple[str, str, str, str], ...] = (
    ("prompt", "Prompt", "lines", ""),
    (REPLACE, "Words in the prompt", "texts", ""),
    ("negative_prompt", "Negative prompt", "lines", ""),
    ("checkpoint", "Checkpoint", "choices", "checkpoint"),
    ("sampler", "Sampler", "choices", "sampler"),
    ("schedule", "Schedule", "choices", "schedule"),
    ("steps", "Steps", "numbers", ""),
    ("guidance_scale", "Guidance", "numbers", ""),
    ("seed", "Seed", "numbers", ""),
    ("width", "Width", "numbers", ""),
    ("height", "Height", "numbers", ""),
    ("strength", "Strength", "numbers", ""),
    ("noise_multiplier", "Noise multiplier", "numbers", ""),
    ("mask_blur", "Mask: soft edge", "numbers", ""),
    ("variation_seed", "Variation seed", "numbers", ""),
    ("variation_strength", "Variation strength", "numbers", ""),
    ("hires.scale", "Hires: scale", "numbers", ""),
    ("hires.strength", "Hires: strength", "numbers", ""),
    ("hires.steps", "Hires: steps", "numbers", ""),
    ("hires.upscaler", "Hires: enlarge with", "choices", "hires_upscaler"),
    ("upscale_by", "Enlarge: times", "numbers", ""),
    ("upscaler", "Enlarge: with", "choices", "upscaler"),
    ("loras.0.name", "First LoRA", "choices", "lora"),
    ("loras.0.weight", "First LoRA: weight", "numbers", ""),
    ("loras.1.weight", "Second LoRA: weight", "numbers", ""),
    ("controls.0.weight", "First ControlNet: weight", "numbers", ""),
    ("ip_adapter.weight", "IP-Adapter: weight", "numbers", ""),
    ("vae", "Autoencoder (VAE)", "choices", "vae"),
    ("refiner.start", "Refiner: takes over at", "numbers", ""),
    ("clip_skip", "Clip skip", "numbers", ""),
    ("eta", "Eta", "numbers", ""),
    ("guidance_rescale", "Guidance rescale", "numbers", ""),
    ("true_cfg_scale", "True guidance", "numbers", ""),
)
AXES = tuple({"field": field, "label": label, "type": kind, "source": source} for field, label, kind, source in _AXES)

# Words for what a parameter may be, in the order in which the form shows them.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "resize_modes": {"crop": "Crop it", "letterbox": "Fit it in, with bars", "stretch": "Stretch it"},
    "mask_areas": {"whole": "The whole picture", "masked": "Only the part, at full size"},
    "mask_fills": {"original": "With what is there", "fill": "With colours around it", "noise": "With noise"}
    | {"nothing": "With nothing"},
    "reproducibles": {"normal": "As good as the same", "strict": "To the bit: drawn alone"},
    "preprocessors": catalog.PREPROCESSORS,
}


def form_context() -> dict[str, Any]:
    """Return what the form's templates show beside what checkpoints say."""
    return {"axes": AXES, "most": MOST, **CHOICES}


def form_data(checkpoints: Iterable[Checkpoint]) -> dict[str, Any]:
    """Return what the page's script needs to let the form follow the checkpoint."""
    return {
        "checkpoints": [
            {
                **serialize_checkpoint(checkpoint).model_dump(mode="json"),
                "size_multiple": catalog.FAMILIES[checkpoint.family].size_multiple
                if checkpoint.family in catalog.FAMILIES
                else RANGES["width"].multiple_of,
            }
            for checkpoint in checkpoints
        ],
        "samplers": [
            {
                "key": sampler.key,
                "label": sampler.label,
                "takes_eta": sampler.takes_eta,
                "schedules": {family: sampler.schedules_for(family) for family in catalog.FAMILIES},
            }
            for sampler in catalog.SAMPLERS.values()
        ],
        "schedules": dict(catalog.SCHEDULES),
        "families": {key: {"can": abilities(family)} for key, family in catalog.FAMILIES.items()},
        "upscalers": [
            {"key": upscaler.key, "label": upscaler.label, "latent": bool(upscaler.latent)}
            for upscaler in catalog.UPSCALERS.values()
        ],
        "adapters": list(
            Adapter.objects.enabled().values("kind", "slug", "title", "family", "trigger_words", "default_weight")
        ),
        "axes": {axis["field"]: axis["label"] for axis in AXES},
    }


def abilities(family: catalog.Family) -> list[str]:
    """Return the tasks that a family draws and the parameters that only some families know."""
    features = [name for name, families in catalog.FAMILY_FEATURES.items() if family.key in families]
    return [*family.tasks, *features]
