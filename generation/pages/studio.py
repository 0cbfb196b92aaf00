"""The studio page, whose form submits jobs through the API, and the vocabulary page of a checkpoint."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gallery.models import Image, Upload
from gallery.models.image import ImageQuerySet
from generation.enhancing import find_enhancer
from generation.form_options import PRESET_FIELDS, form_context, form_data
from generation.limits import Limits, default_speed_mode, get_limits, offered_to
from generation.models import Checkpoint
from generation.parameters.labels import FULL_LABELS
from generation.parameters.prompts.inspire import COLOURS, with_article
from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES
from generation.studio_state import NOT_KEPT, read_state, serialize_state
from sdsite.accounts.credentials import get_credentials

ENDINGS = ("on", "in", "at", "as")  # words that begin a background, a scene or a style
UPLOAD = "upload:"  # before the id of an upload in `?init=`
RANGED_FIELDS = ("width", "height", "count")
COUNTS = (1, 2, 4, 8)  # images of a job that have a button
NO_ID = uuid.UUID(int=0)  # stands for an id in the paths that the page's script fills in
# Pages of an image that the stage links to: name of the URL pattern and its arguments.
IMAGE_VIEWS: dict[str, tuple[str, tuple[uuid.UUID, ...]]] = {
    "edit": ("image_edit", (NO_ID,)),
    "compare": ("compare", ()),
}
# Names of fields in errors of the API -> labels: parameters, and the fields of saved styles and presets.
FIELD_LABELS = {**FULL_LABELS, "name": "Name", "parameters": "Settings"}


@require_safe
@login_required
def studio(request: HttpRequest) -> HttpResponse:
    """Show the studio, filled in from the image that `?from=` names, if any; 404 for another user's image."""
    limits = get_limits(request.user.pk)  # type: ignore[arg-type]
    checkpoints = list(offered_to(limits))
    preset = _preset(request)
    state = serialize_state(read_state(request.user))  # type: ignore[arg-type]
    chosen = _chosen(checkpoints, preset or state.form)
    context = {
        "checkpoints": checkpoints,
        "chosen": chosen,
        "enhancer": find_enhancer(),
        "keeps_steps": limits.most_kept_steps != 0,
        "formats": ("png", "jpeg", "webp"),
        **_speed_modes(limits),
        "counts": COUNTS,
        "image_paths": {name: _path(view, *ids) for name, (view, ids) in IMAGE_VIEWS.items()},
        "prompt_characters": PROMPT_CHARACTERS,
        "ranges": {name: RANGES[name] for name in RANGED_FIELDS},
        "studio": {
            "user": request.user.pk,
            "preset": preset,
            "asked": _asked(request),
            "state": state.model_dump(mode="json"),
            "not_kept": NOT_KEPT,
            "labels": FIELD_LABELS,
            "hints": not request.user.preferences.get("hints_read", False),  # type: ignore[union-attr]
            "request_fields": (*PRESET_FIELDS, "seed"),
            **form_data(checkpoints, limits),
        },
        **form_context(),
        "example": with_article(_noun(chosen)),
        "folds": state.folds,
    }
    return render(request, "generation/studio.html", context)


def _speed_modes(limits: Limits) -> dict[str, Any]:
    """Return the speed modes that `limits` allow, and what the form says of the one that is taken by default."""
    labels = {"exact": _("Exact"), "small": _("Small"), "draft": _("Draft")}
    allowed = {
        mode: label for mode, label in labels.items() if limits.speed_modes is None or mode in limits.speed_modes
    }
    default = labels[default_speed_mode(limits)]
    return {"speed_modes": allowed, "speed_mode_default": _("Default (%(mode)s)") % {"mode": default}}


def _path(view: str, *arguments: uuid.UUID) -> str:
    """Return the path of a page; empty where the site has none of that name."""
    try:
        return reverse(view, args=arguments)
    except NoReverseMatch:
        return ""


def _preset(request: HttpRequest) -> dict[str, Any] | None:
    """Return the settings of the image that `?from=` names, with its own seed, so that it is generated first again.

    An image of an X/Y/Z plot has the settings of its own cell.

    Raises:
        Http404: there is no such image, or it is another user's.
    """
    credentials = get_credentials(request)
    image = _named(request, "from", Image.objects.visible_to(credentials))
    if image is None:
        return None
    if image.hides_settings_from(credentials):
        raise Http404("Its owner shares this image without its settings.")
    settings = {name: image.parameters[name] for name in PRESET_FIELDS if name in image.parameters}
    return {**settings, "grid": None, "seed": image.seed}


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return prompt, checkpoint and input image that the URL names; the rest of the form is the saved draft.

    Raises:
        Http404: `?init=` names no image of the user, and no upload either.
    """
    named = {name: request.GET.get(name, "").strip()[:PROMPT_CHARACTERS] for name in ("prompt", "checkpoint")}
    asked = {name: value for name, value in named.items() if value}
    owner: Any = request.user
    wanted = request.GET.get("init", "")
    if wanted.startswith(UPLOAD):
        upload = get_object_or_404(Upload.objects.owned_by(owner), pk=_id(wanted.removeprefix(UPLOAD)))
        return asked | {"init_image": upload.reference}
    start = _named(request, "init", Image.objects.owned_by(owner))
    return asked | ({"init_image": f"image:{start.pk}"} if start else {})


def _named(request: HttpRequest, name: str, images: ImageQuerySet) -> Image | None:
    """Return the one of `images` whose id the URL gives as `name`; None where it gives none."""
    wanted = request.GET.get(name)
    return get_object_or_404(images, pk=_id(wanted)) if wanted else None


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such image.") from error


@require_safe
@login_required
def vocabulary(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the vocabulary of a checkpoint by category; each word links to the studio with it in the prompt."""
    checkpoint = get_object_or_404(offered_to(get_limits(request.user.pk)), slug=slug)  # type: ignore[arg-type]
    noun = _noun(checkpoint)
    groups = [
        {
            "category": group["category"],
            "words": [{"word": word, "prompt": _prompt(word, group["category"], noun)} for word in group["words"]],
        }
        for group in checkpoint.vocabulary
    ]
    return render(request, "generation/vocabulary.html", {"checkpoint": checkpoint, "groups": groups})


def _chosen(checkpoints: list[Checkpoint], settings: dict[str, Any]) -> Checkpoint | None:
    wanted = settings.get("checkpoint")
    named = next((checkpoint for checkpoint in checkpoints if checkpoint.slug == wanted), None)
    return named or (checkpoints[0] if checkpoints else None)


def _prompt(word: str, category: str, noun: str) -> str:
    """Return a prompt of `word`; where it cannot stand alone ("in the snow", "blue"), of `noun` with it."""
    if category.lower() == COLOURS:
        return with_article(f"{word} {noun}")
    return f"{with_article(noun)} {word}" if word.split(maxsplit=1)[0] in ENDINGS else word


def _noun(checkpoint: Checkpoint | None) -> str:
    """Return a word that the checkpoint knows, for examples of prompts."""
    words = [word for group in (checkpoint.vocabulary if checkpoint else []) for word in group.get("words", [])]
    return words[0] if words else "lighthouse"
