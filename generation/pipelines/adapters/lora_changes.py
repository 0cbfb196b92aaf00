"""Changes of layers that are more than a pair of matrices: LoHa, LoKr, DoRA, biases, norms and full differences.

Each is added by a forward hook, so that weights stay untouched wherever they lie, and is computed anew in each step,
so that no second set of weights is kept. Sources: LyCORIS (Yeh et al. 2023, https://arxiv.org/abs/2309.14859) for
LoHa, LoKr and the split convolutions of LoCon; DoRA (Liu et al. 2024, https://arxiv.org/abs/2402.09353, equation 5).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Tensors = Mapping[str, Tensor]


def merge_middle(down: Tensor, middle: Tensor) -> Tensor:
    """Return the first matrix of a convolution whose middle one is merged into it.

    Args:
        down: (rank, in, 1, 1).
        middle: (rank, rank, height, width).
    """
    return torch.einsum("ijkl,jc->ickl", middle, down.flatten(1))


def weight_change(roles: Tensors, shape: torch.Size, *, scaled: bool = True) -> Tensor | None:
    """Return what is added to a weight of `shape` at strength 1; None where the roles change no weight.

    Args:
        roles: tensors by role, see `lora_names`.
        shape: of the weight, (out, in, ...).
        scaled: apply the alpha; without, tensors may be ones without data.

    Raises:
        RuntimeError: the tensors do not fit together or do not fit the shape.
    """
    roles = roles if scaled else {role: one for role, one in roles.items() if role != "alpha"}
    change = next((made for make in (_pair, _hadamard, _kronecker) if (made := make(roles)) is not None), None)
    if change is None:
        change = roles.get("weight")
    if change is not None and len(change) != shape[0]:
        raise RuntimeError(f"{len(change)} rows instead of {shape[0]}")
    return None if change is None else change.reshape(shape)


def shape_of(weight: Tensor) -> torch.Size:
    """Return the shape of a layer's weights; those in GGUF are stored as rows of bytes."""
    shape: torch.Size = getattr(weight, "quant_shape", weight.shape)
    return shape


def attach(module: nn.Module, roles: Tensors, strength: float) -> Any:
    """Let `module` give the output of a changed layer; return the handle whose `remove` ends that.

    Args:
        module: a linear layer, a convolution or a norm.
        roles: tensors by role, see `lora_names`, in float32.
        strength: the LoRA's weight.
    """
    hook = _NormChange if isinstance(module, nn.GroupNorm | nn.LayerNorm) else _LayerChange
    return module.register_forward_hook(hook(roles, strength))


def _pair(roles: Tensors) -> Tensor | None:
    if "down" not in roles:
        return None
    down, up = roles["down"], roles["up"]
    if "mid" in roles:
        down = merge_middle(down, roles["mid"])
    product: Tensor = up.flatten(1) @ down.flatten(1)
    return product * _scale(roles, len(down))


def _hadamard(roles: Tensors) -> Tensor | None:
    if "hada_w1_a" not in roles:
        return None
    halves = []
    for number in "12":
        first, second, core = (roles.get(f"hada_{name}") for name in (f"w{number}_a", f"w{number}_b", f"t{number}"))
        assert first is not None
        assert second is not None
        halves.append(first @ second if core is None else torch.einsum("ijkl,jr,ip->prkl", core, second, first))
    return halves[0] * halves[1] * _scale(roles, len(roles["hada_w1_b"]))


def _kronecker(roles: Tensors) -> Tensor | None:
    if not any(name.startswith("lokr_") for name in roles):
        return None
    rank, factors = 0, []
    for number in "12":
        whole, first, second = (roles.get(f"lokr_w{number}{end}") for end in ("", "_a", "_b"))
        core = roles.get("lokr_t2") if number == "2" else None
        if whole is None:
            assert first is not None
            assert second is not None
            rank = len(second)
            whole = first @ second if core is None else torch.einsum("ijkl,jr,ip->prkl", core, second, first)
        factors.append(whole)
    small, large = factors
    small = small.reshape(*small.shape, *[1] * (large.ndim - small.ndim))
    return torch.kron(small, large) * (_scale(roles, rank) if rank else 1.0)


def _scale(roles: Tensors, rank: int) -> float:
    return float(roles["alpha"]) / rank if "alpha" in roles else 1.0


class _LayerChange:
    """Forward hook that adds a change of weight and bias to the output of a linear layer or a convolution."""

    def __init__(self, roles: Tensors, strength: float) -> None:
        self._roles = dict(roles)
        self._strength = strength

    def __call__(self, module: Any, arguments: tuple[Any, ...], output: Tensor) -> Tensor:
        inputs = arguments[0]
        # Alphas become Python numbers, so they stay on the host: reading one there would wait for the device.
        roles = self._roles = {
            name: one if name == "alpha" else one.to(inputs.device) for name, one in self._roles.items()
        }
        change = weight_change(roles, shape_of(module.weight))
        if change is not None and "dora" in roles:
            change = _decompose(_stored_weight(module).to(inputs.device), change, roles["dora"])
        if change is not None:
            output = output + self._strength * _run(module)(inputs, change.to(inputs.dtype))
        bias = roles.get("bias")
        if "up_bias" in roles:
            bias = roles["up_bias"] * _scale(roles, len(roles["down"])) + (0 if bias is None else bias)
        if bias is not None:
            added = self._strength * bias.to(output.dtype)
            output = output + (added[:, None, None] if isinstance(module, nn.Conv2d) else added)
        return output


class _NormChange:
    """Forward hook that adds a change of weight and bias to the output of a norm."""

    def __init__(self, roles: Tensors, strength: float) -> None:
        self._roles = dict(roles)
        self._strength = strength

    def __call__(self, module: Any, arguments: tuple[Any, ...], output: Tensor) -> Tensor:
        inputs = arguments[0]
        weight, bias = (
            None if name not in self._roles else self._strength * self._roles[name].to(inputs.device, inputs.dtype)
            for name in ("weight", "bias")
        )
        if weight is None:
            assert bias is not None
            weight = torch.zeros_like(bias)
        if isinstance(module, nn.GroupNorm):
            return output + functional.group_norm(inputs, module.num_groups, weight, bias, module.eps)
        return output + functional.layer_norm(inputs, module.normalized_shape, weight, bias, module.eps)


def _stored_weight(module: Any) -> Tensor:
    """Return a layer's weight, also after the hook of sequential offloading has taken it away again."""
    weight: Tensor = module.weight
    return module._hf_hook.weights_map["weight"] if weight.is_meta else weight


def _run(module: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the operation of a layer as a function of its inputs and a weight, without a bias."""
    if isinstance(module, nn.Linear):
        return functional.linear
    return partial(
        functional.conv2d,
        stride=module.stride,
        padding=module.padding,
        dilation=module.dilation,
        groups=module.groups,
    )


def _decompose(weight: Tensor, change: Tensor, magnitude: Tensor) -> Tensor:
    """Return the change of a weight whose direction `change` turns and whose length is `magnitude`.

    Args:
        weight: of the layer, (out, in, ...).
        change: the same shape.
        magnitude: (out,) or (out, 1, ...), the length of each row; or (1, in, ...), that of each column.
    """
    own = weight.float()
    turned = own + change.float()
    by_row = magnitude.ndim == 1 or magnitude.shape[0] == len(own)
    axes = tuple(axis for axis in range(own.ndim) if axis != (0 if by_row else 1))
    length = turned.norm(dim=axes, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
    result: Tensor = turned * (magnitude.float().reshape(length.shape) / length) - own
    return result
