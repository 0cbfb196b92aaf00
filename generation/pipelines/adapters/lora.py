"""LoRA: low-rank updates of the denoiser's and the text encoders' layers.

Hu et al. 2021, "LoRA", https://arxiv.org/abs/2106.09685. Pairs of matrices are inserted by diffusers, other changes are
hooks on the layers (`lora_changes`); both for one call, so that the checkpoint's own weights never change.
"""

from typing import Any

from diffusers.utils.peft_utils import recurse_remove_peft_layers
from torch import Tensor, nn

from generation.errors import GenerationError
from generation.pipelines.adapters import lora_changes
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.lora_placement import LayerTable, Place
from generation.pipelines.adapters.weights_cache import adapter_errors, read_stored
from generation.weights import lora_names
from generation.weights.sources import WeightsSource

# Roles of layers that diffusers can insert.
_INSERTED = {"down", "up", "mid", "alpha"}
Roles = dict[str, Tensor]


def apply(adapters: AppliedAdapters) -> None:
    """Insert every requested LoRA with its weight."""
    requested = [one for one in adapters.parameters.loras if one.weight]
    if not requested:
        return
    pipe = adapters.loaded.pipe
    if not hasattr(pipe, "load_lora_weights"):
        raise GenerationError("refused", f"{adapters.loaded.source.slug} takes no LoRA.")
    adapters.stack.callback(remove, pipe)
    table = LayerTable(pipe)
    inserted = {}
    for number, one in enumerate(requested):
        source = adapters.get_source("lora", one.name)
        with adapter_errors(source):
            if _apply_one(adapters, table, source, name=f"lora{number}", strength=one.weight):
                inserted[f"lora{number}"] = one.weight
    if inserted:
        pipe.set_adapters(list(inserted), list(inserted.values()))


def remove(pipe: Any) -> None:
    """Remove every LoRA, also a partly loaded one."""
    for name in pipe._lora_loadable_modules:
        part = getattr(pipe, name, None)
        if part is None:
            continue
        recurse_remove_peft_layers(part)
        for trace in ("peft_config", "_hf_peft_config_loaded"):
            if trace in part.__dict__:
                delattr(part, trace)


def _apply_one(
    adapters: AppliedAdapters, table: LayerTable, source: WeightsSource, *, name: str, strength: float
) -> bool:
    """Apply one LoRA; return whether diffusers knows it as the adapter `name`.

    Raises:
        GenerationError: `adapter_invalid`, most of its layers do not exist in this checkpoint, one has another shape,
            or it changes something that cannot be applied.
    """
    header, tensors = read_stored(source)
    file = lora_names.parse(header.shapes)
    lora_names.check(file, header, source.slug)
    pipe = adapters.loaded.pipe
    layers = {layer: roles for layer, roles in file.layers.items() if set(roles) != {"alpha"}}
    places = {layer: table.find(layer) for layer in layers}
    found = {layer: place for layer, place in places.items() if place is not None}
    pairs_only = all(set(roles) <= _INSERTED - {"mid"} for roles in layers.values())
    if len(found) < len(layers) and table.denoiser == "transformer" and pairs_only:
        # Layouts whose layers join or split this network's: diffusers knows those of each family.
        renamed = {
            lora_names.plain_name(layer, role, one): tensors[one].float()
            for layer, roles in layers.items()
            for role, one in roles.items()
        }
        _insert_converted(pipe, renamed, source.slug, name=name, pairs=len(layers))
        return True
    if len(found) * 2 <= len(layers):
        raise GenerationError(
            "adapter_invalid",
            f"{source.slug} was made for another architecture: {len(found)} of its {len(layers)} layers fit "
            "this checkpoint.",
        )
    pairs: dict[str, tuple[Place, Roles]] = {}
    for layer, place in found.items():
        roles = {role: tensors[one].float() for role, one in layers[layer].items()}
        _check_shapes(place, roles, source.slug)
        if {"down"} <= roles.keys() <= _INSERTED:
            pairs[layer] = place, roles
        else:
            adapters.stack.callback(lora_changes.attach(place.module, roles, strength).remove)
    if pairs:
        _insert(pipe, table, list(pairs.values()), name=name)
    return bool(pairs)


def _check_shapes(place: Place, roles: Roles, slug: str) -> None:
    """Refuse changes that do not have the shape of their layer, or need weights that are only there quantized."""
    weight: Any = place.module.weight
    shape = lora_changes.shape_of(weight)
    if "dora" in roles and shape != weight.shape:
        raise GenerationError("adapter_invalid", f"{slug} is a DoRA, which cannot be applied to weights in GGUF.")
    norm = isinstance(place.module, nn.GroupNorm | nn.LayerNorm)
    vectors = ("bias", "up_bias", *(["weight"] if norm else []))
    fits = all(roles[role].shape == shape[:1] for role in vectors if role in roles)
    fits = fits and all(roles[role].numel() == 1 for role in ("alpha",) if role in roles)
    if "dora" in roles:
        rows, columns = (roles["dora"].numel() == side for side in (*shape, 0)[:2])
        fits = fits and (rows if roles["dora"].ndim == 1 or len(roles["dora"]) == shape[0] else columns)
    if norm:
        fits = fits and not roles.keys() - {"weight", "bias", "alpha"}
    else:
        try:
            lora_changes.weight_change({role: one.to("meta") for role, one in roles.items()}, shape, scaled=False)
        except (RuntimeError, IndexError):
            fits = False
    if not fits:
        raise GenerationError(
            "adapter_invalid",
            f"{slug} was made for another architecture: its layer {place.name} does not fit {tuple(shape)}.",
        )


def _insert(pipe: Any, table: LayerTable, pairs: list[tuple[Place, Roles]], *, name: str) -> None:
    """Insert pairs of matrices as the adapter `name`, part by part."""
    by_part: dict[str, dict[str, Tensor]] = {}
    alphas: dict[str, float] = {}
    stated = any("alpha" in roles for _, roles in pairs)
    for place, roles in pairs:
        weight: Any = place.module.weight
        layer, shape = f"{place.part}.{place.name}", lora_changes.shape_of(weight)
        down = lora_changes.merge_middle(roles["down"], roles["mid"]) if "mid" in roles else roles["down"]
        down = down.reshape(len(down), *shape[1:])
        up = roles["up"].reshape(shape[0], -1, *[1] * (len(shape) - 2))
        tensors = by_part.setdefault(place.part, {})
        tensors |= {f"{layer}.lora_A.weight": down.contiguous(), f"{layer}.lora_B.weight": up.contiguous()}
        if stated:  # a layer without its own has the scale 1
            alphas[f"{layer}.alpha"] = float(roles.get("alpha", len(down)))
    for part, tensors in by_part.items():
        own = {layer: alpha for layer, alpha in alphas.items() if layer.startswith(f"{part}.")}
        options = {"network_alphas": own, "adapter_name": name, "_pipeline": pipe}
        if part == table.denoiser:
            getattr(pipe, part).load_lora_adapter(tensors, prefix=part, **options)
        else:
            pipe.load_lora_into_text_encoder(
                tensors, text_encoder=getattr(pipe, part), prefix=part, lora_scale=pipe.lora_scale, **options
            )


def _insert_converted(pipe: Any, tensors: dict[str, Tensor], slug: str, *, name: str, pairs: int) -> None:
    """Insert a LoRA whose names diffusers converts, as the adapter `name`.

    Refuse one of which most layers do not exist in this checkpoint: diffusers silently skips what it cannot place.
    """
    pipe.load_lora_weights(tensors, adapter_name=name)
    parts = [getattr(pipe, part, None) for part in pipe._lora_loadable_modules]
    placed = sum(f".lora_A.{name}." in one for part in parts if part is not None for one, _ in part.named_parameters())
    if placed * 2 <= pairs:
        raise GenerationError(
            "adapter_invalid",
            f"{slug} was made for another architecture: {placed} of its {pairs} layers fit this checkpoint.",
        )
