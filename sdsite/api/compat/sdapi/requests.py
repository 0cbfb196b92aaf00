"""Request schemas of AUTOMATIC1111's txt2img and img2img, and their translation to GenerationParameters."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from generation.errors import JobRefused, refusal_from_validation
from generation.families import families_with
from generation.models import Adapter, Checkpoint, Style
from generation.parameters import catalog
from generation.parameters.ranges import LARGEST_FINISHED_SIDE, RANGES
from generation.parameters.schema import GenerationParameters
from generation.parameters.validators import may_be_a_name
from sdsite.accounts.credentials import Credentials
from sdsite.api.compat.sdapi import options
from sdsite.api.compat.sdapi.images import reference
from sdsite.api.compat.sdapi.names import (
    adapter_named,
    checkpoint_named,
    is_given,
    sampler_and_schedule,
    upscaler_named,
)
from sdsite.api.compat.sdapi.responses import Body, refuse

RESIZE_MODES = ("stretch", "crop", "letterbox", "stretch")  # the last one stretches latents there
FILLS = ("fill", "original", "noise", "nothing")

_MOST_STYLES = 100  # names of styles that are looked up

Fields = dict[str, Any]


class TextToImage(Body):
    """Body of txt2img; the default is null where the checkpoint's own value is better than one for all checkpoints."""

    prompt: str | None = ""
    negative_prompt: str | None = None
    styles: tuple[str, ...] | None = ()
    seed: int | None = -1
    subseed: int | None = -1
    subseed_strength: float | None = 0
    sampler_name: str | None = None
    sampler_index: str | None = None
    scheduler: str | None = None
    batch_size: int | None = 1
    n_iter: int | None = 1
    steps: int | None = None
    cfg_scale: float | None = None
    distilled_cfg_scale: float | None = None
    width: int | None = None
    height: int | None = None
    eta: float | None = None
    clip_skip: int | None = None
    denoising_strength: float | None = None
    override_settings: dict[str, Any] | None = None
    override_settings_restore_afterwards: bool | None = True
    refiner_checkpoint: str | None = None
    refiner_switch_at: float | None = None
    enable_hr: bool | None = False
    hr_scale: float | None = 2.0
    hr_upscaler: str | None = None
    hr_second_pass_steps: int | None = 0
    hr_resize_x: int | None = 0
    hr_resize_y: int | None = 0
    hr_prompt: str | None = ""
    hr_negative_prompt: str | None = ""
    hr_checkpoint_name: str | None = None
    hr_sampler_name: str | None = None
    hr_scheduler: str | None = None
    restore_faces: bool | None = None
    tiling: bool | None = None
    alwayson_scripts: dict[str, Any] | None = {}
    script_name: str | None = None
    send_images: bool | None = True
    force_task_id: str | None = None


class ImageToImage(TextToImage):
    """Body of img2img: that of txt2img and the fields of its images."""

    init_images: list[str] | None = None
    resize_mode: int | None = 0
    mask: str | None = None
    mask_blur: float | None = None
    mask_blur_x: float | None = 4
    mask_blur_y: float | None = 4
    inpainting_fill: int | None = 0
    inpaint_full_res: bool | None = True
    inpaint_full_res_padding: int | None = 0
    inpainting_mask_invert: int | None = 0
    initial_noise_multiplier: float | None = None
    include_init_images: bool | None = False


def build_parameters(asked: TextToImage, credentials: Credentials) -> GenerationParameters:
    """Return the requested parameters; nothing is fetched, decoded or stored yet.

    Raises:
        JobRefused: `invalid_parameters`, `checkpoint_missing`, or 404 where AUTOMATIC1111 answers so.
    """
    if asked.script_name:
        message = f"script_name must be left out: the site has no scripts; got {asked.script_name!r:.60}"
        raise refuse("script_name", message)
    chosen = {**options.stored(credentials), **(asked.override_settings or {})}
    checkpoint = _checkpoint(asked, chosen, credentials)
    parts = (
        _prompts_and_size(asked, credentials),
        _from_options(asked, chosen, checkpoint, credentials),
        _sampling(asked, checkpoint),
        _hires(asked, credentials) if not isinstance(asked, ImageToImage) else _input_images(asked),
        _refiner(asked, credentials),
    )
    fields = {name: value for part in parts for name, value in part.items() if value is not None}
    try:
        return GenerationParameters.model_validate(fields)
    except ValidationError as error:
        raise refusal_from_validation(error) from error


def overrides_to_store(asked: TextToImage, credentials: Credentials) -> Fields:
    """Return the request's `override_settings` if it asks to store them as options, else {}.

    Raises:
        JobRefused: as `options.store`.
    """
    if not asked.override_settings or asked.override_settings_restore_afterwards is not False:
        return {}
    options.merged(credentials, options.stored(credentials), asked.override_settings)
    return asked.override_settings


def _checkpoint(asked: TextToImage, chosen: Mapping[str, Any], credentials: Credentials) -> Checkpoint | None:
    """Return the request's checkpoint: one that it names must exist, one that only the options name may be missing.

    None means the default, where no field of the request depends on which one that is.
    """
    overridden = (asked.override_settings or {}).get(options.CHECKPOINT)
    if overridden is not None:
        return checkpoint_named(str(overridden), credentials)
    matters = (
        chosen.get(options.CHECKPOINT),
        asked.clip_skip,
        chosen.get(options.CLIP_STOP),
        asked.distilled_cfg_scale,
    )
    if all(value is None for value in matters):
        return None
    return options.current_checkpoint(credentials, chosen) or checkpoint_named(None, credentials)


def _knows(checkpoint: Checkpoint | None, feature: str) -> bool:
    return checkpoint is not None and checkpoint.family in families_with(feature)


def unknown_styles(asked: TextToImage, credentials: Credentials) -> list[str]:
    """Return the names of styles that the site does not have; AUTOMATIC1111 passes them over."""
    named = [name for name in asked.styles or () if is_given(name)][:_MOST_STYLES]
    usable = [name for name in named if may_be_a_name(name)]
    known = set(Style.objects.visible_to(credentials.user).filter(name__in=usable).values_list("name", flat=True))
    return [name for name in named if name not in known]


def _prompts_and_size(asked: TextToImage, credentials: Credentials) -> Fields:
    batch, repeats = (1 if number is None else number for number in (asked.batch_size, asked.n_iter))
    allowed, unknown = RANGES["count"], set(unknown_styles(asked, credentials))
    for images in (batch, repeats, batch * repeats):
        if not allowed.allows(images):
            raise refuse("count", f"count must be {allowed} images; got {images}")
    return {
        "prompt": asked.prompt or "",
        "negative_prompt": asked.negative_prompt,
        "styles": tuple(name for name in asked.styles or () if name not in unknown),
        "count": batch * repeats,
        "width": asked.width,
        "height": asked.height,
    }


def _from_options(
    asked: TextToImage, chosen: Mapping[str, Any], checkpoint: Checkpoint | None, credentials: Credentials
) -> Fields:
    """Return the fields that follow from the options, of which the request's own come first."""
    vae, layers = chosen.get(options.VAE), asked.clip_skip or chosen.get(options.CLIP_STOP)
    wanted = str(chosen.get(options.FORMAT, "png")).lower()
    return {
        "checkpoint": checkpoint.slug if checkpoint else None,
        "vae": adapter_named(Adapter.Kind.VAE, vae, credentials) if isinstance(vae, str) and is_given(vae) else None,
        # A1111's default is 1 for all checkpoints, so families without clip skip must not refuse it.
        "clip_skip": layers if _knows(checkpoint, "clip_skip") else None,
        "output_format": options.FORMATS.get(wanted, "png"),
    }


def _sampling(asked: TextToImage, checkpoint: Checkpoint | None) -> Fields:
    sampler, schedule = sampler_and_schedule(asked.sampler_name or asked.sampler_index, asked.scheduler)
    varied = bool(asked.subseed_strength)
    distilled = asked.distilled_cfg_scale is not None and _knows(checkpoint, "true_cfg_scale")
    return {
        "seed": asked.seed,
        "variation_seed": asked.subseed if varied else None,
        "variation_strength": asked.subseed_strength if varied else None,
        "sampler": sampler,
        "schedule": schedule,
        "steps": asked.steps,
        "guidance_scale": asked.distilled_cfg_scale if distilled else asked.cfg_scale,
        "true_cfg_scale": asked.cfg_scale if distilled else None,
        # Many clients send it with every sampler; here only samplers of the DDIM kind take it.
        "eta": asked.eta if sampler and catalog.SAMPLERS[sampler].takes_eta else None,
    }


def _hires(asked: TextToImage, credentials: Credentials) -> Fields:
    if not asked.enable_hr:
        return {}
    upscaler = upscaler_named(asked.hr_upscaler, credentials) if asked.hr_upscaler else None
    hires = {
        "scale": _hires_scale(asked),
        "steps": asked.hr_second_pass_steps,
        "strength": asked.denoising_strength,
        "upscaler": upscaler,
    }
    return {"hires": {name: value for name, value in hires.items() if value is not None}}


def _hires_scale(asked: TextToImage) -> float | None:
    """Return the scale of the hires fix; a size in pixels must have the aspect ratio of width x height."""
    wide, high = asked.hr_resize_x or 0, asked.hr_resize_y or 0
    if not wide and not high:
        return asked.hr_scale
    if not asked.width or not asked.height:
        raise refuse("hr_resize_x", "hr_resize_x and hr_resize_y need width and height; or send hr_scale")
    if not all(0 <= side <= LARGEST_FINISHED_SIDE for side in (wide, high, asked.width, asked.height)):
        raise refuse("hr_resize_x", f"hr_resize_x and hr_resize_y must be 0 to {LARGEST_FINISHED_SIDE}")
    scales = [to / side for to, side in ((wide, asked.width), (high, asked.height)) if to]
    if max(scales) - min(scales) > 0.01:
        raise refuse("hr_resize_x", "hr_resize_x and hr_resize_y must have the aspect ratio of width x height")
    return scales[0]


def _refiner(asked: TextToImage, credentials: Credentials) -> Fields:
    if not is_given(asked.refiner_checkpoint) or not asked.refiner_switch_at or asked.refiner_switch_at >= 1:
        return {}
    name = adapter_named(Adapter.Kind.REFINER, str(asked.refiner_checkpoint), credentials)
    return {"refiner": {"checkpoint": name, "start": asked.refiner_switch_at}}


def _input_images(asked: ImageToImage) -> Fields:
    given = asked.init_images or []
    if not given:
        raise JobRefused("not_found", "Init image not found", status=404)
    if len(given) > 1:
        raise refuse("init_images", f"init_images must be one image a request; got {len(given)}")
    fields = {
        "init_image": reference(given[0]),
        "strength": asked.denoising_strength,
        "resize_mode": _of("resize_mode", RESIZE_MODES, asked.resize_mode),
        "noise_multiplier": asked.initial_noise_multiplier,
    }
    return {**fields, **_mask(asked)} if asked.mask else fields


def _mask(asked: ImageToImage) -> Fields:
    blurs = (asked.mask_blur,) if asked.mask_blur is not None else (asked.mask_blur_x or 0, asked.mask_blur_y or 0)
    return {
        "mask_image": reference(str(asked.mask)),
        "mask_blur": max(blurs),
        "mask_fill": _of("inpainting_fill", FILLS, asked.inpainting_fill),
        "mask_area": "masked" if asked.inpaint_full_res is not False else "whole",
        "mask_padding": asked.inpaint_full_res_padding,
        "mask_invert": bool(asked.inpainting_mask_invert),
    }


def _of(name: str, words: tuple[str, ...], number: int | None) -> str:
    if not 0 <= (number or 0) < len(words):
        raise refuse(name, f"{name} must be 0 to {len(words) - 1}; got {number}")
    return words[number or 0]
