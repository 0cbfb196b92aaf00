"""Settings in people's words, for templates: the catalog's labels instead of keys."""

from typing import Any

from django import template

from generation.parameters import catalog
from generation.parameters.schema import GenerationParameters

register = template.Library()

# What pages say elsewhere, and what concerns the request rather than the picture.
SAID_ELSEWHERE = {
    *("version", "prompt", "negative_prompt", "image_prompts", "image_negative_prompts", "styles", "checkpoint"),
    *("width", "height", "steps", "guidance_scale", "sampler", "schedule", "eta", "seed", "upscale_by"),
    *("count", "batch_size", "grid", "output_format", "quality", "preview"),
}
# Values that are filled in without anybody having asked: (field, value) or the field that gives it a meaning.
USUAL = {"task": "text_to_image", "clip_skip": 1}
MEANT_BY = {"upscaler": "upscale_by", "variation_seed": "variation_strength"}
TASKS = ("image_to_image", "inpaint", "upscale")
LABELS = {
    "vae": "Autoencoder",
    "loras": "LoRA",
    "controls": "ControlNet",
    "ip_adapter": "IP-Adapter",
    "hires": "Hires pass",
}


@register.filter
def sampler_label(key: str) -> str:
    """Return a sampler's printed name; the key itself when the catalog no longer has it."""
    sampler = catalog.SAMPLERS.get(key)
    return sampler.label if sampler else key


@register.filter
def schedule_label(key: str) -> str:
    """Return a schedule's printed name."""
    return catalog.SCHEDULES.get(key, key)


@register.filter
def settings_in_words(parameters: dict[str, Any]) -> str:
    """Return one line such as "128 × 128 · 20 steps · guidance 4 · DPM++ 2M Karras"; what is missing is left out."""
    words: list[str] = []
    if parameters.get("width") and parameters.get("height"):
        words.append(f"{parameters['width']} × {parameters['height']}")
    if parameters.get("steps"):
        words.append(f"{parameters['steps']} step{'' if parameters['steps'] == 1 else 's'}")
    if parameters.get("guidance_scale") is not None:
        words.append(f"guidance {parameters['guidance_scale']:g}")
    if parameters.get("sampler"):
        schedule = parameters.get("schedule", "normal")
        spaced = "" if schedule == "normal" else f" {schedule_label(schedule)}"
        words.append(f"{sampler_label(parameters['sampler'])}{spaced}")
    if parameters.get("upscale_by", 1) > 1:
        words.append(f"enlarged {parameters['upscale_by']}×")
    return " · ".join(words)


@register.filter
def other_settings(parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (label, words) of whatever else was asked for: adapters, passes, pictures; none for a plain picture."""
    rows = []
    for name, field in GenerationParameters.model_fields.items():
        value = parameters.get(name)
        usual = not value or value in (field.default, USUAL.get(name))
        meaning = MEANT_BY.get(name)
        if name in SAID_ELSEWHERE or usual or (meaning and parameters.get(meaning, 0) in (0, 1)):
            continue
        rows.append((LABELS.get(name, name.replace("_", " ").capitalize()), _said(value)))
    return rows


def _said(value: Any) -> str:
    """Return a value in words: maps as "scale 2, steps 0", lists with semicolons between, pictures as such."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_said(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, list | tuple):
        return "; ".join(_said(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str) and value.startswith(("image:", "upload:")):
        return {"image": "a picture of the library", "upload": "an upload"}[value.split(":")[0]]
    return str(value).replace("_", " ") if value in TASKS else str(value)


@register.filter
def duration(seconds: Any) -> str:
    """Return seconds as "0.4 s", "12 s" or "2 min 5 s"; nothing for what is no number."""
    if not isinstance(seconds, int | float) or seconds < 0:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
