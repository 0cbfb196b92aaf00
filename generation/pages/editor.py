"""The editor's page: an image of the library or an upload, with a mask to paint and a frame to grow."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gallery.actions.uploads import most_bytes
from gallery.models import Image, Upload
from gallery.serializers import serialize_upload
from generation.form_options import CHOICES, form_data
from generation.limits import get_limits, offered_to
from generation.models import Adapter
from generation.pages.studio import FIELD_LABELS
from generation.parameters.ranges import LARGEST_FINISHED_SIDE, LARGEST_SIDE, PROMPT_CHARACTERS, RANGES
from generation.parameters.schema import GenerationParameters

# Parameters of an image that the next generation from it takes over: everything of how it is generated, nothing of
# its size, its second passes and its own input images.
KEPT_SETTINGS = (
    "prompt",
    "negative_prompt",
    "checkpoint",
    "steps",
    "guidance_scale",
    "sampler",
    "schedule",
    "timestep_spacing",
    "eta",
    "clip_skip",
    "loras",
    "vae",
)
COUNTS = (1, 2, 4, 8)
NUMBERS = ("mask_blur", "mask_padding")
FRAME_STEP = 64  # pixels by which the frame's handles move


@require_safe
@login_required
def edit_image(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the editor with one of the user's images; 404 for another user's and for one under review."""
    own = Image.objects.owned_by(request.user).viewable()  # type: ignore[arg-type]
    image = get_object_or_404(own, pk=pk)
    kept = {name: image.parameters[name] for name in KEPT_SETTINGS if image.parameters.get(name) is not None}
    source = {
        "id": str(image.pk),
        "reference": f"image:{image.pk}",
        "url": reverse("image_file", args=[image.pk]),
        "page": reverse("image", args=[image.pk]),
        "width": image.width,
        "height": image.height,
    }
    return _page(request, source, {**kept, "seed": image.seed})


@require_safe
@login_required
def edit_upload(request: HttpRequest) -> HttpResponse:
    """Show the editor with the user's upload that `?upload=` names; without one, where an image can be chosen.

    Raises:
        Http404: there is no such upload, or it is another user's.
    """
    wanted = request.GET.get("upload")
    if not wanted:
        return _page(request, None, {})
    try:
        pk = uuid.UUID(wanted)
    except ValueError as error:
        raise Http404("No such upload.") from error
    upload = get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)  # type: ignore[arg-type]
    row = serialize_upload(upload)
    source = {
        "id": str(upload.pk),
        "reference": row.reference,
        "url": row.file_url,
        "page": None,
        "width": row.width,
        "height": row.height,
    }
    return _page(request, source, {})


def _page(request: HttpRequest, source: dict[str, Any] | None, kept: dict[str, Any]) -> HttpResponse:
    limits = get_limits(request.user.pk)  # type: ignore[arg-type]
    checkpoints = list(offered_to(limits))
    data = form_data(checkpoints, limits)
    can = {family: row["can"] for family, row in data["families"].items()}
    usable = [row for row in data["checkpoints"] if "inpaint" in can.get(row["family"], ())]
    context = {
        "source": source,
        "checkpoints": usable,
        "counts": COUNTS,
        "prompt_characters": PROMPT_CHARACTERS,
        "settings": kept,
        "gone": kept.get("checkpoint") if kept.get("checkpoint") not in {row["slug"] for row in usable} else None,
        "mask_fills": CHOICES["mask_fills"],
        "ranges": {name: RANGES[name] for name in NUMBERS},
        **{name: f"{GenerationParameters.model_fields[name].default:g}" for name in NUMBERS},
        "editor": {
            "user": request.user.pk,
            "source": source,
            "settings": _still_there(kept),
            "labels": FIELD_LABELS,
            "checkpoints": usable,
            **{name: data[name] for name in ("samplers", "schedules", "upscalers", "adapters", "axes")},
            "limits": _limits(),
            "edit_image": reverse("image_edit", args=[uuid.UUID(int=0)]),
            "edit_upload": reverse("upload_edit"),
        },
    }
    return render(request, "generation/editor.html", context)


def _still_there(kept: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of an image without LoRA and VAE that the site no longer has."""
    there = set(Adapter.objects.enabled().values_list("slug", flat=True))
    loras = [lora for lora in kept.get("loras") or () if lora.get("name") in there]
    vae = kept.get("vae")
    return {**kept, "loras": loras, "vae": vae if vae in there else None}


def _limits() -> dict[str, Any]:
    """Return what the page refuses before it asks the site: pixels and bytes."""
    return {
        "growth": int(RANGES["outpaint.left"].most),
        "step": FRAME_STEP,
        "side": LARGEST_FINISHED_SIDE,
        "generated_side": LARGEST_SIDE,
        "bytes": most_bytes(),
        "megabytes": settings.ENV["SDSITE_PICTURE_MB"],
    }
