"""How weights are stored: as floats that can be cast, as float8 with scales, or in a way that the loader cannot undo.

A quantized tensor that is cast without its scales loads without an error and generates noise; so whatever is not
understood is refused.
"""

import re
from collections.abc import Iterable, Mapping

from generation.errors import GenerationError
from generation.weights.safetensors_header import Header

FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
# Names of the scale beside NAME.weight, as ComfyUI writes them: weight = stored * scale.
SCALES = ("scale_weight", "weight_scale")
# Names beside the weights that mark other quantizations, by who writes them.
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\.(absmax|nested_absmax|quant_map)$|\.quant_state\."), "bitsandbytes, 4 bits"),
    (re.compile(r"\.(SCB|weight_format)$"), "bitsandbytes, 8 bits"),
    (re.compile(r"\.(qweight|qzeros|g_idx|wscales|smooth_factor|lora_scales)$"), "packed integers"),
    (re.compile(r"\.(weight_scale_2|weight_scale_inv)$"), "scales of blocks"),
)
_SCALE = re.compile(rf"\.({'|'.join(SCALES)})$")


def scale_name(name: str, names: Iterable[str] | Mapping[str, object]) -> str:
    """Return the name of the scale of the tensor `name` among `names`; empty if it has none."""
    stem, _, last = name.rpartition(".")
    return next((found for one in SCALES if last == "weight" and (found := f"{stem}.{one}") in names), "")


def check_storage(header: Header, needed: Iterable[str], what: str, *, scales: bool) -> None:
    """Refuse weights that are stored in a way that the loader does not undo.

    Args:
        header: of the file.
        needed: names of the tensors that are loaded from it.
        what: the file's name, for the message.
        scales: whether the loader applies the scales of float8 weights.

    Raises:
        GenerationError: `checkpoint_invalid`.
    """
    for mark, by in _MARKS:
        if found := next((name for name in header.shapes if mark.search(name)), ""):
            raise _refusal(what, f"its weights are quantized ({by}; {found})")
    for name in needed:
        dtype = header.dtypes.get(name, "F32")
        if dtype not in FLOATS:
            raise _refusal(what, f"{name} is stored as {dtype}")
    scaled = {name for name in header.shapes if _SCALE.search(name)}
    if "scaled_fp8" in header.shapes and not scaled:
        raise _refusal(what, "its weights are scaled, and the scales are missing")
    for name in scaled:
        weight = f"{name.rpartition('.')[0]}.weight"
        rows = header.shapes.get(weight, (0,))[:1]
        shape = tuple(side for side in header.shapes[name] if side != 1)
        if not scales or shape not in ((), rows):
            raise _refusal(what, f"its weights are scaled ({name})")


def _refusal(what: str, why: str) -> GenerationError:
    return GenerationError(
        "checkpoint_invalid",
        f"{what} cannot be used: {why}; get the version in 16 or 32 bit floats, and choose “quantized” for it here.",
    )
