"""The adapters that parameters name: LoRAs, VAE, ControlNets and others by field, embeddings by words of a prompt."""

import re
from collections.abc import Iterator

from generation.parameters.catalog import UPSCALERS
from generation.parameters.schema import GenerationParameters

Named = tuple[str, str, str]


def named_adapters(parameters: GenerationParameters) -> Iterator[Named]:
    """Yield (field, kind, name) of every adapter that `parameters` name; built-in upscalers are not adapters."""
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
    yield from _upscaler("init_upscaler", parameters.init_upscaler)
    yield from _upscaler("upscaler", parameters.upscaler)


def _upscaler(field: str, name: str | None) -> Iterator[Named]:
    if name is not None and name not in UPSCALERS:
        yield field, "upscaler", name


def prompt_texts(parameters: GenerationParameters) -> list[str]:
    """Return every text of `parameters` that becomes a prompt."""
    lists = (parameters.image_prompts or (), parameters.image_negative_prompts or ())
    return [parameters.prompt, parameters.negative_prompt or "", *lists[0], *lists[1]]


def calls(text: str, token: str) -> bool:
    """Return whether `text` holds `token` as a word of its own; text encoders ignore case, and so does this."""
    return bool(token) and re.search(rf"(?<!\w){re.escape(token)}(?!\w)", text, re.IGNORECASE) is not None
