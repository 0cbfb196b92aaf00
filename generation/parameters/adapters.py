"""Which extra weights a wish names: LoRA, autoencoder, ControlNets and others by field, embeddings by their words."""

import re
from collections.abc import Iterator

from generation.parameters.catalog import UPSCALERS
from generation.parameters.schema import GenerationParameters

Named = tuple[str, str, str]


def named_adapters(parameters: GenerationParameters) -> Iterator[Named]:
    """Yield (field, kind, name) of every adapter that `parameters` names; built-in upscalers are none."""
    for number, lora in enumerate(parameters.loras):
        yield f"loras.{number}.name", "lora", lora.name
    if parameters.vae is not None:
        yield "vae", "vae", parameters.vae
    for number, control in enumerate(parameters.controls):
        yield f"controls.{number}.model", "controlnet", control.model
    if parameters.ip_adapter is not None:
        yield "ip_adapter.model", "ip_adapter", parameters.ip_adapter.model
    if parameters.refiner is not None:
        yield "refiner.checkpoint", "refiner", parameters.refiner.checkpoint
    if parameters.hires is not None:
        yield from _upscaler("hires.upscaler", parameters.hires.upscaler)
    yield from _upscaler("upscaler", parameters.upscaler)


def _upscaler(field: str, name: str | None) -> Iterator[Named]:
    if name is not None and name not in UPSCALERS:
        yield field, "upscaler", name


def prompt_texts(parameters: GenerationParameters) -> list[str]:
    """Return every text of a wish that becomes a prompt."""
    lists = (getattr(parameters, name, None) for name in ("image_prompts", "image_negative_prompts"))
    return [parameters.prompt, parameters.negative_prompt or "", *(text for one in lists if one for text in one)]


def calls(text: str, token: str) -> bool:
    """Tell whether `text` holds `token` as a word of its own; case does not matter, as text encoders ignore it."""
    return bool(token) and re.search(rf"(?<!\w){re.escape(token)}(?!\w)", text, re.IGNORECASE) is not None
