"""What the tools answer: jobs, images and checkpoints as structured output, and images as base64 of bounded size."""

import base64
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from pydantic import BaseModel, Field

from gallery.file_responses import respond_with_file
from gallery.models import Image
from gallery.models.image import manages_images
from gallery.serializers import ImageOut, serialize_image
from generation.errors import JobRefused
from generation.limits import adapters_offered_to, offered_to
from generation.models import Adapter, Checkpoint, Job
from generation.serializers.jobs import ErrorOut, serialize_job
from sdsite.api.compat.mcp.calls import Call

MOST_FILE_BYTES = 6_000_000  # of the file that get_image shows; base64 takes a third more
MOST_EVENT_BYTES = 600_000  # of the images of one event: clients bound its size, the SDK's own at 1 MiB with all else
MOST_LISTED = 100  # checkpoints, and as many LoRAs
SIDE, SMALL_SIDE = 512, 256  # longest sides of the small copies, in pixels
HOST = "sdsite://images/"
TOO_LARGE = (
    f"The file has {{:.0f}} MB, and an answer holds at most {MOST_FILE_BYTES // 10**6} MB. Take it from its url."
)
UNFINISHED = "The job goes on. Call wait with its job_id."


class ImageAnswer(BaseModel):
    """An image. Its addresses need the caller's key or login."""

    id: uuid.UUID
    uri: str = Field(description="The image as a resource of this server.")
    url: str = Field(description="Address of the file.")
    page_url: str = Field(description="Address of its page.")
    width: int
    height: int
    format: str
    seed: int
    under_review: bool = Field(description="A moderator has to look at it first; until then its file is not served.")


class FoundImage(ImageAnswer):
    """An image of the library with its prompt and marks."""

    job_id: uuid.UUID
    prompt: str
    checkpoint: str | None
    created_at: datetime
    favourite: bool
    rating: int
    tags: list[str]
    trashed: bool


class JobAnswer(BaseModel):
    """A job. `position` 1 is next; `eta_seconds` until it is done; `seconds` is the time it ran."""

    job_id: uuid.UUID
    status: str = Field(description="queued, running, succeeded, failed or cancelled.")
    finished: bool
    progress: float = Field(ge=0, le=1)
    position: int | None
    eta_seconds: float | None
    seconds: float | None
    prompt: str
    checkpoint: str
    images: list[ImageAnswer]
    error: ErrorOut | None
    notes: list[str] = Field(description="What of the request was changed or filled in, and what is not shown here.")
    hint: str | None = Field(description="What to do next; null: nothing.")


class ImagesAnswer(BaseModel):
    """Images, newest first; `next` is the cursor of the next page, null on the last."""

    images: list[FoundImage]
    next: str | None


class CheckpointAnswer(BaseModel):
    """A checkpoint and its defaults; `sizes` are the only ones it takes, where there are any."""

    checkpoint: str
    title: str
    description: str
    family: str
    licence: str
    is_default: bool
    width: int | None
    height: int | None
    steps: int | None
    guidance_scale: float | None
    sampler: str | None
    sizes: list[str]
    trigger_words: list[str]


class LoraAnswer(BaseModel):
    """A LoRA and the family of checkpoints that it fits."""

    name: str
    title: str
    family: str
    trigger_words: str


class ModelsAnswer(BaseModel):
    """The checkpoints, the default first, and the LoRAs that one may use."""

    checkpoints: list[CheckpointAnswer]
    loras: list[LoraAnswer]
    left_out: int = Field(description="How many more there are of both; the site's pages list them all.")


@dataclass(frozen=True)
class Shown:
    """An image in an answer."""

    base64: str
    mime_type: str


def image_uri(pk: uuid.UUID) -> str:
    """Return the address of an image as a resource."""
    return f"{HOST}{pk}"


def describe_job(call: Call, job: Job, shown: str = "none") -> tuple[JobAnswer, list[Shown]]:
    """Return a job as its owner may see it, and what is `shown` ("none", "thumbnail", "full") of its images."""
    out = serialize_job(job)
    everything = manages_images(call.credentials)
    images = [image for image in out.images if everything or not image.quarantined]
    notes = list(out.notes)
    if len(images) < len(out.images):
        notes.append(f"{len(out.images) - len(images)} of the images are under review by a moderator.")
    rows = list(Image.objects.kept().of_job(job.pk)) if job.is_finished and shown != "none" else []
    contents = show_images(call, [row for row in rows if not row.is_withheld_from(call.credentials)], shown, notes)
    answer = JobAnswer(
        job_id=out.id,
        status=out.status,
        finished=job.is_finished,
        progress=out.progress.fraction,
        position=out.position,
        eta_seconds=out.eta_seconds,
        seconds=out.seconds,
        prompt=job.prompt,
        checkpoint=job.parameters.get("checkpoint", ""),
        images=[ImageAnswer(**_facts(call.request, image)) for image in images],
        error=out.error,
        notes=notes,
        hint=None if job.is_finished else UNFINISHED,
    )
    return answer, contents


def show_images(
    call: Call, rows: Sequence[Image], shown: str, notes: list[str] | None = None, *, side: int = SIDE
) -> list[Shown]:
    """Return what is shown of images whose rows the caller may see, as much as fits; `notes` says what does not."""
    said = notes if notes is not None else []
    if shown == "none":
        return []
    if shown == "full" and sum(row.size_bytes for row in rows) > MOST_EVENT_BYTES:
        said.append("The files are too large for this answer, so it has small copies; get_image shows each file.")
        shown = "thumbnail"
    found: list[Shown] = []
    for row in rows:
        one = show_image(call, row, None if shown == "full" else side)
        if sum(len(other.base64) for other in (*found, one)) > MOST_EVENT_BYTES * 4 / 3:
            said.append(f"Only the first {len(found)} images are shown here; get_image shows each.")
            break
        found.append(one)
    return found


def show_image(call: Call, row: Image, side: int | None) -> Shown:
    """Return the file of an image whose row the caller may see, or its thumbnail of `side` pixels.

    Raises:
        Quarantined: the file of an image under review, and the caller is no moderator.
        Http404: the file is missing in the storage.
        JobRefused: `answer_too_large`, the file has more than MOST_FILE_BYTES.
    """
    if side is None and row.size_bytes > MOST_FILE_BYTES:
        raise JobRefused("answer_too_large", TOO_LARGE.format(row.size_bytes / 10**6), status=403)
    plain = HttpRequest()  # without the conditions of the call's own headers
    plain.method, plain.user = "GET", call.user
    plain.credentials = call.credentials  # type: ignore[attr-defined]
    response = respond_with_file(plain, row, thumbnail=side)
    return Shown(base64.b64encode(response.content).decode(), response["Content-Type"])


def describe_images(call: Call, rows: Iterable[Image]) -> list[FoundImage]:
    """Return images whose rows the caller may see; prefetch their tags."""
    return [_found(call, row.as_seen_by(call.credentials)) for row in rows]


def _found(call: Call, row: Image) -> FoundImage:
    out = serialize_image(row)
    return FoundImage(
        **_facts(call.request, out),
        job_id=out.job_id,
        prompt=row.prompt,
        checkpoint=row.parameters.get("checkpoint"),
        created_at=out.created_at,
        favourite=out.favourite,
        rating=out.rating,
        tags=out.tags,
        trashed=out.trashed_at is not None,
    )


def _facts(request: HttpRequest, image: ImageOut) -> dict[str, object]:
    return {
        "id": image.id,
        "uri": image_uri(image.id),
        "url": request.build_absolute_uri(image.file_url),
        "page_url": request.build_absolute_uri(image.page_url),
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "seed": image.seed,
        "under_review": image.quarantined,
    }


def describe_models(call: Call) -> ModelsAnswer:
    """Return the checkpoints and LoRAs that the caller may use, at most MOST_LISTED of each."""
    limits = call.limits
    checkpoints = offered_to(limits)
    loras = adapters_offered_to(limits).filter(kind=Adapter.Kind.LORA)
    listed, few = list(checkpoints[:MOST_LISTED]), list(loras[:MOST_LISTED])
    return ModelsAnswer(
        checkpoints=[_checkpoint(row) for row in listed],
        loras=[
            LoraAnswer(name=row.slug, title=row.title, family=row.family, trigger_words=row.trigger_words)
            for row in few
        ],
        left_out=checkpoints.count() - len(listed) + loras.count() - len(few),
    )


def _checkpoint(row: Checkpoint) -> CheckpointAnswer:
    return CheckpointAnswer(
        checkpoint=row.slug,
        title=row.title,
        description=row.description,
        family=row.family,
        licence=row.licence,
        is_default=row.is_default,
        width=row.width,
        height=row.height,
        steps=row.steps,
        guidance_scale=row.guidance_scale,
        sampler=row.sampler or None,
        sizes=[f"{width}x{height}" for width, height in row.sizes],
        trigger_words=row.triggers,
    )
