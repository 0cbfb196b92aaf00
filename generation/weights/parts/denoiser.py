"""Denoisers of flow families in a file of their own: their family, and the parts that they need, by shape."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.weights.inspection import Inspection, make_inspection
from generation.weights.parts.facts import KINDS, PartFacts, read_part
from generation.weights.reading import shown
from generation.weights.recognition.fingerprints import DENOISER_PREFIXES
from generation.weights.recognition.gguf_header import read_gguf
from generation.weights.recognition.labels import label
from generation.weights.recognition.recognize import describe_storage, recognize_header
from generation.weights.recognition.recognized import FileRefused
from generation.weights.safetensors_header import Header, read_header
from generation.weights.storage import check_storage

# Types of ggml that the loader undoes, beside the floats.
_GGUF_TYPES = frozenset(
    {"F32", "F16", "BF16", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "Q6_K", "Q5_K", "Q4_K", "Q3_K", "Q2_K"}
    | {"IQ4_NL", "IQ4_XS"}
)


@dataclass(frozen=True)
class Need:
    """A part that a denoiser needs: its name in the pipeline, its kind, and the width that fits."""

    part: str
    kind: str
    width: int

    def __str__(self) -> str:
        """Kind and width for people."""
        what = KINDS[self.kind]
        return f"{what} with {self.width} channels" if self.kind == "vae" else f"{what} of width {self.width}"

    def fits(self, kind: str, width: int) -> bool:
        """Return whether a part of this kind and width is what is needed."""
        return (kind, width) == (self.kind, self.width)


# By family; the others are not joined.
NEEDS = {key: one.joined for key, one in FAMILIES.items() if one.joined}


@dataclass(frozen=True)
class Denoiser:
    """The denoiser in one file: its family, its tensors without a prefix, and what it needs."""

    family: str
    header: Header
    prefix: str
    needs: tuple[Need, ...]
    is_gguf: bool = False


def read_denoiser(path: Path) -> Denoiser:
    """Return the denoiser in a `.safetensors` or `.gguf` file, from its header.

    Raises:
        GenerationError: `checkpoint_missing` or `checkpoint_invalid`: damaged, of another kind or family, or stored in
            a way that the loader does not undo.
    """
    name, is_gguf = shown(path), path.suffix.lower() == ".gguf"
    try:
        header = read_gguf(path).header if is_gguf else read_header(path)
        found = recognize_header(header, name)
    except FileRefused as error:
        code = "checkpoint_missing" if error.code == "unreadable" else "checkpoint_invalid"
        raise GenerationError(code, error.message) from error
    if found.kind != "denoiser" or found.architecture not in NEEDS:
        those = ", ".join(label(family) for family in NEEDS)
        raise GenerationError(
            "checkpoint_invalid", f"{name} is no denoiser that the site joins with shared parts ({those})."
        )
    prefix = next(one for one in DENOISER_PREFIXES if any(tensor.startswith(one) for tensor in header.shapes))
    bare = Header(
        {tensor.removeprefix(prefix): shape for tensor, shape in header.shapes.items()},
        {tensor.removeprefix(prefix): dtype for tensor, dtype in header.dtypes.items()},
        header.metadata,
    )
    if is_gguf:
        if odd := sorted(set(header.dtypes.values()) - _GGUF_TYPES):
            raise GenerationError("checkpoint_invalid", f"{name} is quantized as {odd[0]}, which is not read here.")
    else:
        check_storage(header, (one for one in header.shapes if one.endswith((".weight", ".bias"))), name, scales=True)
    return Denoiser(found.architecture, bare, prefix, tuple(_needs(bare, found.architecture, name)), is_gguf)


def _needs(header: Header, family: str, name: str) -> Iterable[Need]:
    for one in NEEDS[family]:
        shape = next((header.shapes[tensor] for tensor in one.tensors if tensor in header.shapes), ())
        if len(shape) <= one.axis or shape[one.axis] % one.divisor:
            raise GenerationError(
                "checkpoint_invalid", f"{name} is not whole: it lacks {one.tensors[0]}; fetch it again."
            )
        yield Need(one.part, one.kind, shape[one.axis] // one.divisor)


def inspect_denoiser(path: Path, parts: Mapping[str, Path]) -> Inspection:
    """Return the properties of a denoiser with its parts; without `parts`, those of the denoiser alone.

    Raises:
        GenerationError: as `read_denoiser`; `checkpoint_invalid`, a part does not fit.
    """
    denoiser = read_denoiser(path)
    facts = {need.part: _fitting(need, parts[need.part], path) for need in denoiser.needs if need.part in parts}
    counts = [denoiser.header.weights(), *(one.weights for one in facts.values())]
    if denoiser.is_gguf:  # as many bytes as they take, at two bytes a weight
        counts[0] = math.ceil(path.stat().st_size / 2)
    return make_inspection(
        denoiser.family,
        kind=denoiser.family,
        prediction_type="flow",
        dtype=describe_storage(denoiser.header).removesuffix(" with scales"),
        size_bytes=path.stat().st_size,
        side=FAMILIES[denoiser.family].width,
        weights=sum(counts),
        biggest=max(counts),
    )


def _fitting(need: Need, path: Path, denoiser: Path) -> PartFacts:
    facts = read_part(path)
    if not need.fits(facts.kind, facts.width):
        found = Need(need.part, facts.kind, facts.width)
        raise GenerationError(
            "checkpoint_invalid", f"{shown(denoiser)} needs {need}, and {shown(path)} is {found}; choose another."
        )
    return facts
