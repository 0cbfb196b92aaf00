"""Template filters for generation settings as text, with labels instead of keys."""

from typing import Any

from django import template

from generation.parameters import catalog
from generation.parameters.labels import LABELS
from generation.parameters.per_image import result_size
from generation.parameters.schema import GenerationParameters

register = template.Library()

# Shown elsewhere on the page, or about the request rather than the image.
SHOWN_ELSEWHERE = {
    *("version", "prompt", "negative_prompt", "image_prompts", "image_negative_prompts", "styles", "checkpoint"),
    *("width", "height", "steps", "guidance_scale", "sampler", "schedule", "eta", "seed", "upscale_by"),
    *("count", "batch_size", "grid", "output_format", "quality", "preview", "keep_steps"),
}
# Values that resolving fills in although they were not requested.
FILLED_IN = {"task": "text_to_image", "clip_skip": 1, "speed_mode": "exact"}
# Field -> field without which it has no effect.
DEPENDS_ON = {"upscaler": "upscale_by", "variation_seed": "variation_strength"}
TASKS = ("image_to_image", "inpaint", "upscale")


@register.filter
def sampler_label(key: str) -> str:
    """Return a sampler's label; the key itself when the catalog no longer has it."""
    sampler = catalog.SAMPLERS.get(key)
    return sampler.label if sampler else key


@register.filter
def schedule_label(key: str) -> str:
    """Return a schedule's label."""
    return catalog.SCHEDULES.get(key, key)


@register.filter
def settings_in_words(parameters: dict[str, Any]) -> str:
    """Return one line such as "128 × 128 · 20 steps · guidance 4 · DPM++ 2M Karras"; what is missing is left out.

    The size is that of the file.
    """
    words: list[str] = []
    if size := result_size(parameters):
        words.append(f"{size[0]} × {size[1]}")
    if parameters.get("steps"):
        words.append(f"{parameters['steps']} step{'' if parameters['steps'] == 1 else 's'}")
    if parameters.get("guidance_scale") is not None:
        words.append(f"guidance {parameters['guidance_scale']:g}")
    if parameters.get("sampler"):
        schedule = parameters.get("schedule", "normal")
        spaced = "" if schedule == "normal" else f" {schedule_label(schedule)}"
        words.append(f"{sampler_label(parameters['sampler'])}{spaced}")
    if (parameters.get("upscale_by") or 1) > 1:
        words.append(f"upscaled {parameters['upscale_by']}×")
    return " · ".join(words)


@register.filter
def other_settings(parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (label, value as text) of the other requested parameters, such as adapters, hires fix, input images."""
    return [(LABELS[name], value_in_words(name, parameters[name])) for name in other_names(parameters)]


def other_names(parameters: dict[str, Any]) -> list[str]:
    """Return the names of the parameters that `other_settings` shows, in the order of the schema."""
    names = []
    for name, field in GenerationParameters.model_fields.items():
        value = parameters.get(name)
        usual = not value or value in (field.default, FILLED_IN.get(name))
        needed = DEPENDS_ON.get(name)
        if name not in SHOWN_ELSEWHERE and not usual and not (needed and parameters.get(needed, 0) in (0, 1)):
            names.append(name)
    return names


def value_in_words(path: str, value: Any) -> str:
    """Return a value as text: maps as "scale 2, steps 0", lists with semicolons, images by their origin."""
    if isinstance(value, dict):
        fields = ((name, f"{path}.{name}", one) for name, one in value.items() if one is not None)
        return ", ".join(
            f"{LABELS.get(field, name).lower()} {value_in_words(field, one)}" for name, field, one in fields
        )
    if isinstance(value, list | tuple):
        return "; ".join(value_in_words(path, one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str) and value.startswith(("image:", "upload:")):
        return {"image": "an image of the library", "upload": "an upload"}[value.split(":")[0]]
    return str(value).replace("_", " ") if value in TASKS else str(value)


@register.filter
def speed_in_words(speed: dict[str, Any]) -> str:
    """Return speed mode and techniques of a receipt, such as "draft: fewer steps (5 instead of 10)"."""
    words = []
    for technique in speed.get("techniques", []):
        numbers = [f"{technique['steps']} instead of {technique['instead_of']}"] if "steps" in technique else []
        numbers += [f"threshold {technique['threshold']:g}"] if "threshold" in technique else []
        told = str(technique.get("name", "")).replace("_", " ")
        words.append(f"{told} ({', '.join(numbers)})" if numbers else told)
    return f"{speed.get('mode', '')}: {', '.join(words)}" if words else str(speed.get("mode", ""))


@register.filter
def duration(seconds: Any) -> str:
    """Return seconds as "0.4 s", "12 s" or "2 min 5 s"; empty for anything else."""
    if not isinstance(seconds, int | float) or seconds < 0:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
