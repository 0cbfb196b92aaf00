"""`info` of a response: the settings of its images, as a JSON string with AUTOMATIC1111's names."""

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
    job: Job, images: Sequence[tuple[Image, bytes]], *, batch_size: int, styles: Sequence[str], notes: Sequence[str]
) -> str:
    """Return the JSON text about `images` (rows with their files) of `job`; `notes` is a key of the site's own."""
    resolved = job.resolved()
    rows = [row for row, _ in images]
    first = rows[0].parameters if rows else job.parameters
    seeds = [row.seed for row in rows]
    # With a variation all images have one seed, and the variation seed counts up from image to image.
    subseeds = [int(row.parameters.get("variation_seed") or 0) for row in rows]
    stamp = job.started_at or job.created_at
    values: dict[str, Any] = {
        "prompt": first.get("prompt", resolved.prompt),
        "all_prompts": [row.prompt for row in rows],
        "negative_prompt": resolved.negative_prompt,
        "all_negative_prompts": [row.parameters.get("negative_prompt", "") for row in rows],
        "seed": seeds[0] if seeds else resolved.seed,
        "all_seeds": seeds,
        "subseed": subseeds[0] if subseeds else resolved.variation_seed,
        "all_subseeds": subseeds,
        "subseed_strength": resolved.variation_strength,
        "width": resolved.width,
        "height": resolved.height,
        "sampler_name": catalog.SAMPLERS[resolved.sampler].label,
        "cfg_scale": resolved.guidance_scale,
        "steps": resolved.steps,
        "batch_size": batch_size,
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": resolved.checkpoint,
        "sd_model_hash": (job.checkpoint.sha256 if job.checkpoint else "")[:SHORT_HASH],
        "sd_vae_name": resolved.vae,
        "sd_vae_hash": _vae_hash(resolved.vae),
        "seed_resize_from_w": -1,
        "seed_resize_from_h": -1,
        "denoising_strength": _strength(job),
        "extra_generation_params": {},
        "index_of_first_image": 0,
        "infotexts": [_infotext(data) for _, data in images],
        "styles": list(styles),
        "job_timestamp": f"{stamp:%Y%m%d%H%M%S}",
        "clip_skip": resolved.clip_skip,
        "is_using_inpainting_conditioning": False,
        "version": "sdsite",
        "notes": list(notes),
    }
    return json.dumps(values, ensure_ascii=False)


def _strength(job: Job) -> float | None:
    resolved = job.resolved()
    if resolved.hires:
        return resolved.hires.strength
    return resolved.strength if resolved.task != "text_to_image" else None


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
