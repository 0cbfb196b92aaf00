"""Pipelines of other tasks, made from the parts that are already loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import diffusers
from diffusers.configuration_utils import FrozenDict

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.pipelines.loading.load import Loaded


def pipeline_for(loaded: Loaded, task: str) -> Any:
    """Return the pipeline that does `task` with the weights of `loaded`: the same modules, so no memory is taken.

    Made once and kept in `loaded.notes`; its parts are updated at every call, because adapters replace parts of a
    pipeline for a call. It shares the loaded scheduler: give it a fresh one for each run.

    Args:
        loaded: the loaded checkpoint.
        task: a key of the family's `tasks`.

    Raises:
        GenerationError: `refused`, the family or this checkpoint does not support the task.
    """
    name = FAMILIES[loaded.family].tasks.get(task)
    if name is None:
        known = ", ".join(FAMILIES[loaded.family].tasks)
        raise GenerationError("refused", f"{FAMILIES[loaded.family].label} supports {known}; got {task}.")
    unet = getattr(loaded.pipe, "unet", None)
    # Inpainting networks take, beside the latents, the mask and the latents of the masked image.
    if unet is not None and unet.config.in_channels != unet.config.out_channels and task != "inpaint":
        raise GenerationError("refused", f"{loaded.source.slug} is made for inpainting alone; got {task}.")
    base = loaded.pipe
    if type(base).__name__ == name:
        return base
    made: dict[str, Any] = loaded.notes.setdefault("pipelines", {})
    if name not in made:
        made[name] = _make_from_parts(base, getattr(diffusers, name))
    pipe = made[name]
    theirs = {part: module for part, module in base.components.items() if part in pipe.components}
    pipe.register_modules(
        **{part: module for part, module in theirs.items() if getattr(pipe, part, None) is not module}
    )
    return pipe


@contextmanager
def allow_any_latent_channels(pipe: Any) -> Iterator[None]:
    """Let `pipe` inpaint with a denoiser of other than four latent channels while the context lasts.

    diffusers takes 4 input channels to mean a denoiser of latents alone, and refuses everything but 4 and 9; the number
    of latent channels itself it takes from the autoencoder.
    """
    unet = getattr(pipe, "unet", None)
    if "Inpaint" not in type(pipe).__name__ or unet is None or unet.config.in_channels != unet.config.out_channels:
        yield
        return
    config = unet._internal_dict
    unet._internal_dict = FrozenDict({**config, "in_channels": 4})
    try:
        yield
    finally:
        unet._internal_dict = config


def _make_from_parts(base: Any, wanted: Any) -> Any:
    """Return a pipeline of class `wanted` made of the parts of `base`.

    Like `from_pipe`, but without moving every module to one dtype, which would undo mixed precision and quantization.
    """
    parts, options = wanted._get_signature_keys(wanted)
    given = {name: base.components.get(name) for name in parts}
    given |= {name: base.config[name] for name in options if name in base.config}
    given |= {name: part for name, part in base.components.items() if name in options}
    pipe = wanted(**given)
    pipe.set_progress_bar_config(disable=True)
    # The hooks that move modules to the device and back belong to the pipeline that set them.
    pipe.maybe_free_model_hooks = base.maybe_free_model_hooks
    return pipe
