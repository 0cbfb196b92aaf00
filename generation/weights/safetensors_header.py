"""Headers of safetensors files: names, shapes and dtypes of tensors, and metadata, without the weights.

Format: 8 bytes little-endian length, that many bytes of JSON (tensor name to dtype, shape and byte range, plus
`__metadata__`), then the weights. https://github.com/huggingface/safetensors
"""

import json
import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from generation.errors import GenerationError
from generation.weights.families import PICKLE_STARTS, PICKLE_SUFFIXES

_LONGEST_HEADER = 100_000_000  # the limit of the format


@dataclass(frozen=True)
class Header:
    """Shapes and dtypes by tensor name, and the file's free-form metadata."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    metadata: dict[str, str]

    def layers(self, prefix: str) -> int:
        """Return the number of numbered parts after `prefix` ("...layers."): one more than the highest number."""
        numbers = [name[len(prefix) :].split(".", 1)[0] for name in self.shapes if name.startswith(prefix)]
        return max((int(number) + 1 for number in numbers if number.isdigit()), default=0)

    def weights(self, prefix: str = "") -> int:
        """Return the number of parameters in tensors whose names start with `prefix`."""
        return sum(math.prod(shape) for name, shape in self.shapes.items() if name.startswith(prefix))

    def common_dtype(self) -> str:
        """Return the dtype of most tensors, by its safetensors name ("F16")."""
        counts: dict[str, int] = {}
        for dtype in self.dtypes.values():
            counts[dtype] = counts.get(dtype, 0) + 1
        return max(counts, key=lambda dtype: counts[dtype])

    def frequent_tags(self, most: int = 10) -> list[str]:
        """Return the most frequent tags of the training images, as kohya's trainers record them."""
        counts: Counter[str] = Counter()
        try:
            for tags in json.loads(self.metadata.get("ss_tag_frequency", "{}")).values():
                for tag, count in tags.items():
                    counts[tag.strip()[:80]] += int(count)
        except (ValueError, AttributeError, TypeError):
            return []
        return sorted(counts, key=lambda tag: (-counts[tag], tag))[:most]


def refuse_pickle_name(path: Path) -> None:
    """Raise `checkpoint_invalid` where the suffix is that of a pickle, which can run code when loaded."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise GenerationError(
            "checkpoint_invalid",
            f"{path.name} is a pickle, which can run code when loaded; convert it to .safetensors and add that.",
        )


def read_header(path: Path) -> Header:
    """Return the header of a safetensors file.

    Raises:
        GenerationError: `checkpoint_missing`, there is no such file; `checkpoint_invalid`, it is a pickle, truncated,
            or not a safetensors file.
    """
    refuse_pickle_name(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            text = file.read(length) if 2 <= length <= min(_LONGEST_HEADER, size) else b""
    except FileNotFoundError as error:
        raise GenerationError(
            "checkpoint_missing", f"There is no file {path}; restore it or remove the checkpoint."
        ) from error
    except OSError as error:
        raise GenerationError("checkpoint_missing", f"{path} cannot be read: {error.strerror}.") from error
    try:
        header = _parse(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if start.startswith(PICKLE_STARTS):
            why = "is a pickle under another name, which can run code when loaded; convert it to .safetensors"
        else:
            why = "is no whole safetensors file; fetch it again"
        raise GenerationError("checkpoint_invalid", f"{path.name} {why}.") from error
    expected = 8 + length + header[1]
    if size != expected:
        raise GenerationError(
            "checkpoint_invalid",
            f"{path.name} is cut off or damaged: {size} bytes, its header says {expected}; fetch it again.",
        )
    return header[0]


def _parse(text: bytes) -> tuple[Header, int]:
    entries = json.loads(text)
    metadata = {str(key): str(value) for key, value in (entries.pop("__metadata__", None) or {}).items()}
    if not entries:
        raise ValueError("no tensors")
    shapes = {name: tuple(int(side) for side in entry["shape"]) for name, entry in entries.items()}
    dtypes = {name: str(entry["dtype"]) for name, entry in entries.items()}
    return Header(shapes, dtypes, metadata), max(int(entry["data_offsets"][1]) for entry in entries.values())
