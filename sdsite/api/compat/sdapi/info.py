"""The `info` of an answer: what was drawn, as a JSON string with the names that AUTOMATIC1111 gives to it."""

import json
from collections.abc import Sequence
from typing import Any

from gallery.imaging.embedded_text import UnreadableFile
from gallery.imaging.metadata import read_infotext
from gallery.models import Image
from generation.models import Adapter, Job
from generation.parameters import catalog
from sdsite.api.compat.sdapi.names import SHORT_HASH


def build_info(
    job: Job, pictures: Sequence[tuple[Image, bytes]], *, batch_size: int, styles: Sequence[str], notes: Sequence[str]
) -> str:
    """Return the JSON text about `pictures` (rows with their files) of `job`; `notes` is a key of our own."""
    drawn = job.resolved()
    images = [image for image, _ in pictures]
    first = images[0].parameters if images else job.parameters
    seeds = [image.seed for image in images]
    # With a variation all have one seed, and what is varied by grows from image to image.
    subseeds = [int(image.parameters.get("variation_seed") or 0) for image in images]
    stamp = job.started_at or job.created_at
    values: dict[str, Any] = {
        "prompt": first.get("prompt", drawn.prompt),
        "all_prompts": [image.prompt for image in images],
        "negative_prompt": drawn.negative_prompt,
        "all_negative_prompts": [image.parameters.get("negative_prompt", "") for image in images],
        "seed": seeds[0] if seeds else drawn.seed,
        "all_seeds": seeds,
        "subseed": subseeds[0] if subseeds else drawn.variation_seed,
        "all_subseeds": subseeds,
        "subseed_strength": drawn.variation_strength,
        "width": drawn.width,
        "height": drawn.height,
        "sampler_name": catalog.SAMPLERS[drawn.sampler].label,
        "cfg_scale": drawn.guidance_scale,
        "steps": drawn.steps,
        "batch_size": batch_size,
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": drawn.checkpoint,
        "sd_model_hash": (job.checkpoint.sha256 if job.checkpoint else "")[:SHORT_HASH],
        "sd_vae_name": drawn.vae,
        "sd_vae_hash": _vae_hash(drawn.vae),
        "seed_resize_from_w": -1,
        "seed_resize_from_h": -1,
        "denoising_strength": _strength(job),
        "extra_generation_params": {},
        "index_of_first_image": 0,
        "infotexts": [_infotext(data) for _, data in pictures],
        "styles": list(styles),
        "job_timestamp": f"{stamp:%Y%m%d%H%M%S}",
        "clip_skip": drawn.clip_skip,
        "is_using_inpainting_conditioning": False,
        "version": "sdsite",
        "notes": list(notes),
    }
    return json.dumps(values, ensure_ascii=False)


def _strength(job: Job) -> float | None:
    drawn = job.resolved()
    if drawn.hires:
        return drawn.hires.strength
    return drawn.strength if drawn.task != "text_to_image" else None


def _vae_hash(slug: str | None) -> str | None:
    if slug is None:
        return None
    row = Adapter.objects.of_kind(Adapter.Kind.VAE).filter(slug=slug).first()
    return row.sha256[:SHORT_HASH] or None if row else None


def _infotext(data: bytes) -> str:
    try:
        return read_infotext(data)
    except UnreadableFile:
        return ""
