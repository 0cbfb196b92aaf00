"""The studio page. Pictures are asked for through the API; the page brings the form and what may be asked."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gallery.models import Image
from generation.jobs.roles import limits_of, offered_to
from generation.models import Checkpoint
from generation.parameters import catalog
from generation.parameters.limits import PROMPT_CHARACTERS, RANGES
from generation.representations import represent_checkpoint

# What "use these settings" takes over from an image; the rest is the site's business or the image's own.
PRESET_FIELDS = (
    "prompt",
    "negative_prompt",
    "checkpoint",
    "width",
    "height",
    "steps",
    "guidance_scale",
    "sampler",
    "schedule",
    "count",
    "upscale_by",
    "output_format",
)
ENDINGS = ("on", "in", "at")  # words that begin a background or a scene
RANGED_FIELDS = ("width", "height", "steps", "guidance_scale", "count", "seed")


@require_safe
@login_required
def studio(request: HttpRequest) -> HttpResponse:
    """Show the studio, preset from the image named by `?from=` where there is one; 404 for a stranger's image."""
    checkpoints = list(offered_to(limits_of(request.user.pk)))  # type: ignore[arg-type]
    preset = _preset(request)
    chosen = _chosen(checkpoints, preset)
    context = {
        "checkpoints": checkpoints,
        "chosen": chosen,
        "formats": ("png", "jpeg", "webp"),
        "enlargements": catalog.ENLARGEMENTS,
        "prompt_characters": PROMPT_CHARACTERS,
        "ranges": {name: RANGES[name] for name in RANGED_FIELDS},
        "studio": {**_studio_data(checkpoints, preset, request), "asked": _asked(request)},
        "example": _example(chosen),
    }
    return render(request, "generation/studio.html", context)


def _preset(request: HttpRequest) -> dict[str, Any] | None:
    """Return the settings of the image that `?from=` names; its seed is the image's own, so it comes first again.

    Raises:
        Http404: there is no such image, or it is a stranger's.
    """
    wanted = request.GET.get("from")
    if not wanted:
        return None
    try:
        pk = uuid.UUID(wanted)
    except ValueError as error:
        raise Http404("No such image.") from error
    image = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    settings = {name: image.parameters[name] for name in PRESET_FIELDS if name in image.parameters}
    return {**settings, "seed": image.seed}


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return prompt and checkpoint that the address names; the rest of the form stays as its user left it."""
    named = {name: request.GET.get(name, "").strip()[:PROMPT_CHARACTERS] for name in ("prompt", "checkpoint")}
    return {name: value for name, value in named.items() if value}


@require_safe
@login_required
def words(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what one can ask of a checkpoint, by category, each word a way into the prompt."""
    checkpoint = get_object_or_404(offered_to(limits_of(request.user.pk)), slug=slug)  # type: ignore[arg-type]
    example = _example(checkpoint)
    groups = [
        {
            "category": group["category"],
            # "in the snow" is an ending: it needs something that stands there.
            "words": [
                {"word": word, "prompt": f"{example} {word}" if word.split()[0] in ENDINGS else word}
                for word in group["words"]
            ],
        }
        for group in checkpoint.vocabulary
    ]
    return render(request, "generation/words.html", {"checkpoint": checkpoint, "groups": groups, "example": example})


def _chosen(checkpoints: list[Checkpoint], preset: dict[str, Any] | None) -> Checkpoint | None:
    wanted = preset.get("checkpoint") if preset else None
    named = next((checkpoint for checkpoint in checkpoints if checkpoint.slug == wanted), None)
    return named or (checkpoints[0] if checkpoints else None)


def _example(checkpoint: Checkpoint | None) -> str:
    """Return something the checkpoint can draw, for the empty prompt."""
    words = [word for group in (checkpoint.vocabulary if checkpoint else []) for word in group.get("words", [])]
    return words[0] if words else "a lighthouse at dusk"


def _studio_data(checkpoints: list[Checkpoint], preset: dict[str, Any] | None, request: HttpRequest) -> dict[str, Any]:
    """Return what the page's script needs to let the form follow the checkpoint."""
    return {
        "user": request.user.pk,
        "preset": preset,
        "checkpoints": [
            {
                **represent_checkpoint(checkpoint).model_dump(mode="json"),
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
                "schedules": {family: sampler.schedules_for(family) for family in catalog.FAMILIES},
            }
            for sampler in catalog.SAMPLERS.values()
        ],
        "schedules": dict(catalog.SCHEDULES),
    }
