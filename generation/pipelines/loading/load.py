"""Loading of a checkpoint's weights into memory as a diffusers pipeline."""

import logging
import os
from dataclasses import dataclass, field
from typing import Any

import diffusers
import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from generation.errors import GenerationError
from generation.families import FAMILIES, checkpoint_classes
from generation.pipelines.loading import memory_budget
from generation.pipelines.loading.device_errors import tells_of_device
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.memory_budget import Held, Room
from generation.pipelines.loading.memory_modes import Mode
from generation.pipelines.loading.parts.assemble import assemble
from generation.pipelines.loading.pipeline_state import PipelineState, describe
from generation.pipelines.loading.placement import OFFLOADED, choose_dtype, place, quantize, resolve_auto
from generation.pipelines.loading.single_file import load_single_file
from generation.weights.checkpoint_inspection import Inspection, inspect
from generation.weights.inspection import check_scheduler
from generation.weights.reading import first_line, parse_json
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)


@dataclass
class Loaded:
    """A loaded pipeline: its family, device, the bytes of its weights, and things computed once for it.

    `source` says how it is loaded: nothing about memory in it is "auto" any more. `size_bytes` counts all weights;
    `device_bytes` those that are on the device at the same time while it runs. `dtype` is the dtype of the computation.
    `notes` keeps what is made once for each checkpoint, such as the matrix for previews. `state` is what each run
    must find.
    """

    source: CheckpointSource
    pipe: Any
    family: str
    device: Device
    dtype: torch.dtype
    size_bytes: int
    device_bytes: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    state: PipelineState | None = None

    @property
    def is_offloaded(self) -> bool:
        """Return whether weights are in host memory between calls."""
        return self.source.memory_mode in OFFLOADED

    @property
    def storage_device(self) -> str:
        """Return the device on which parts lie between calls; hooks move those of an offloaded pipeline."""
        return "cpu" if self.is_offloaded else self.device.name


def load(source: CheckpointSource, device: Device) -> Loaded:
    """Load `source` onto `device`, from safetensors only.

    Raises:
        GenerationError: `checkpoint_missing` or `checkpoint_invalid`, with what to do about it.
        torch.OutOfMemoryError, MemoryError: it does not fit.
    """
    _silence_libraries()
    if source.kind == "hub":
        pipe, source, dtype = _load_hub(source, device)
    else:
        found = inspect(source)
        source = resolve_auto_from_headers(source, found, device, _usable(device))
        dtype = choose_dtype(source, device, found.family)
        pipe = _load_local(source, dtype, found.variant)
    family = checkpoint_classes().get(type(pipe).__name__)
    if family is None:
        raise GenerationError("checkpoint_invalid", f"{source.slug} is made for {type(pipe).__name__}.")
    if incomplete := _find_incomplete_part(pipe):
        raise GenerationError("checkpoint_invalid", f"{source.slug} lacks weights of its {incomplete}; fetch it again.")
    check_scheduler({**pipe.scheduler.config, "_class_name": type(pipe.scheduler).__name__}, family, source.slug)
    pipe.set_progress_bar_config(disable=True)
    if source.prediction_type != "auto" and not FAMILIES[family].flow:
        pipe.scheduler.register_to_config(prediction_type=source.prediction_type)
    if source.precision == "quantized":
        quantize(pipe)
    for part in _modules(pipe).values():
        part.requires_grad_(False)  # as after a LoRA: torch multiplies weights that could be trained in another way
    size, biggest = measure_size(pipe), max(measure_size(pipe, only=name) for name in pipe.components)
    place(pipe, source, device.name)
    on_device = {"resident": size, "offload": biggest, "sequential": 0}[source.memory_mode]
    return Loaded(source, pipe, family, device, dtype, size, on_device, state=describe(pipe))


def resolve_auto_from_headers(
    source: CheckpointSource, found: Inspection, device: Device, usable: Room, failed: Mode | None = None
) -> CheckpointSource:
    """Return `source` with every "auto" about memory resolved by the headers that were `found`; see `resolve_auto`."""
    return resolve_auto(
        source,
        family=found.family,
        weights=found.weights,
        biggest=found.biggest,
        device=device,
        usable=usable,
        failed=failed,
    )


def _usable(device: Device) -> Room:
    """Return what can be used beside everything that is loaded."""
    return memory_budget.room(device.measure(), Held())


def measure_size(pipe: Any, only: str = "") -> int:
    """Return the bytes of all parameters and buffers of a pipeline's parts, or only of the part named `only`."""
    modules = [part for name, part in _modules(pipe).items() if only in ("", name)]
    tensors = {tensor.data_ptr(): tensor for module in modules for tensor in (*module.parameters(), *module.buffers())}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


def _modules(pipe: Any) -> dict[str, torch.nn.Module]:
    return {name: part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)}


def _find_incomplete_part(pipe: Any) -> str:
    """Return the name of a part with weights missing in the files, "" if none; diffusers leaves those without data."""
    for name, part in _modules(pipe).items():
        if any(parameter.is_meta for parameter in part.parameters()):
            return name
    return ""


def _load_local(source: CheckpointSource, dtype: torch.dtype, variant: str) -> Any:
    try:
        if source.kind == "denoiser":
            return assemble(source, dtype)
        if source.kind == "file":
            return load_single_file(source.path, dtype)
        return diffusers.DiffusionPipeline.from_pretrained(
            source.location,
            dtype=dtype,
            variant=variant or None,
            use_safetensors=True,
            local_files_only=True,
            **_parts_left_out(source),
        )
    except GenerationError:
        raise
    except Exception as error:  # diffusers and transformers raise nearly anything over a broken checkpoint
        if tells_of_device(error):
            raise
        logger.exception("checkpoint %s does not load", source.slug)
        raise GenerationError(
            "checkpoint_invalid",
            f"The weights of {source.slug} do not load ({first_line(error, source.location)}); "
            "fetch or convert the checkpoint again.",
        ) from error


def _parts_left_out(source: CheckpointSource) -> dict[str, None]:
    """Return None for each part to leave out: parts that the folder declares empty, and the safety checker."""
    index = parse_json((source.path / "model_index.json").read_bytes())
    empty = [name for name, part in index.items() if isinstance(part, list) and part[0] is None]
    return dict.fromkeys([*empty, *(["safety_checker"] if "safety_checker" in index else [])])


def _load_hub(source: CheckpointSource, device: Device) -> tuple[Any, CheckpointSource, torch.dtype]:
    """Return the pipeline, its source with every "auto" resolved, and the dtype of its weights."""
    revision = source.revision or None
    token = os.environ.get("HF_TOKEN") or None
    try:
        config = diffusers.DiffusionPipeline.load_config(source.location, revision=revision, token=token)
        family = checkpoint_classes().get(str(config.get("_class_name")))
        if family is None:
            raise GenerationError(
                "checkpoint_invalid",
                f"{source.location} is made for {config.get('_class_name')}; "
                f"the site works with {', '.join(row.pipeline for row in FAMILIES.values())}.",
            )
        # Its size is known only after the download.
        assumed = resolve_auto(source, family=family, weights=0, biggest=0, device=device, usable=_usable(device))
        loaded_as = choose_dtype(assumed, device, family)
        pipe = diffusers.DiffusionPipeline.from_pretrained(
            source.location,
            revision=revision,
            token=token,
            dtype=loaded_as,
            use_safetensors=True,
            safety_checker=None,
        )
    except GenerationError:
        raise
    except Exception as error:  # network, permission, missing files and broken weights all come as their own classes
        if tells_of_device(error):
            raise
        logger.exception("checkpoint %s does not come from the Hub", source.slug)
        raise GenerationError(
            "checkpoint_missing",
            f"{source.location} could not be fetched from the Hub as safetensors ({first_line(error)}). "
            "Check the name, the network and HF_TOKEN.",
        ) from error
    counts = [sum(one.numel() for one in part.parameters()) for part in _modules(pipe).values()]
    source = resolve_auto(
        source, family=family, weights=sum(counts), biggest=max(counts), device=device, usable=_usable(device)
    )
    dtype = choose_dtype(source, device, family)
    # Converting also reaches weights that transformers keeps in float32 because they overflow.
    return pipe if dtype == loaded_as else pipe.to(dtype), source, dtype


def _silence_libraries() -> None:
    # A worker's log is about its jobs; progress bars and warnings of the libraries are for a terminal.
    diffusers_logging.disable_progress_bar()
    diffusers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
