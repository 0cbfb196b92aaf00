"""Settings in people's words, for templates: the catalog's labels instead of keys."""

from typing import Any

from django import template

from generation.parameters import catalog

register = template.Library()


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
