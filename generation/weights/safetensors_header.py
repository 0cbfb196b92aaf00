"""Headers of safetensors files: names, shapes and dtypes of tensors, and metadata, without the weights.

Format: 8 bytes little-endian length, that many bytes of JSON (tensor name to dtype, shape and byte range, plus
`__metadata__`), then the weights. https://github.com/huggingface/safetensors
"""

import math
import re
import stat
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from generation.errors import GenerationError
from generation.weights.families import PICKLE_STARTS, PICKLE_SUFFIXES
from generation.weights.reading import parse_json, shown

_LONGEST_HEADER = 100_000_000  # the limit of the format
# Bits of a number by its type, as the format names it.
_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
}


class HeaderRefused(GenerationError):
    """A file without a usable header; `reason` says what is wrong with it, in one word for programs."""

    def __init__(self, code: str, message: str, reason: str) -> None:
        """Keep `reason`: unreadable, pickle, header_too_large, overlapping_offsets, damaged or cut_off."""
        super().__init__(code, message)
        self.reason = reason


class _Overlap(ValueError):
    """Tensors that do not lie side by side."""


@dataclass(frozen=True)
class Header:
    """Shapes and dtypes by tensor name, and the file's free-form metadata."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    metadata: dict[str, str]

    def layers(self, prefix: str) -> int:
        """Return the number of numbered parts after `prefix` ("...layers."): one more than the highest number.

        Numbers of four and more digits are no parts of any network, and count for none.
        """
        numbers = {name[len(prefix) :].split(".", 1)[0] for name in self.shapes if name.startswith(prefix)}
        return max((int(number) + 1 for number in numbers if re.fullmatch("[0-9]{1,3}", number)), default=0)

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
            for tags in parse_json(self.metadata.get("ss_tag_frequency", "{}")).values():
                for tag, count in tags.items():
                    counts[tag.strip()[:80]] += int(count)
        except (ValueError, AttributeError, TypeError, OverflowError):
            return []
        return sorted(counts, key=lambda tag: (-counts[tag], tag))[:most]


def refuse_pickle_name(path: Path) -> None:
    """Raise `checkpoint_invalid` where the suffix is that of a pickle, which can run code when loaded."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise HeaderRefused(
            "checkpoint_invalid",
            f"{shown(path)} is a pickle, which can run code when loaded; convert it to .safetensors and add that.",
            "pickle",
        )


def read_header(path: Path) -> Header:
    """Return the header of a safetensors file.

    Raises:
        HeaderRefused: `checkpoint_missing`, there is no such file; `checkpoint_invalid`, it is a pickle, truncated,
            or not a safetensors file.
    """
    refuse_pickle_name(path)
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
            raise HeaderRefused("checkpoint_invalid", f"{shown(path)} is not a file.", "unreadable")
        size = facts.st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            text = file.read(length) if 2 <= length <= min(_LONGEST_HEADER, size) else b""
    except FileNotFoundError as error:
        raise HeaderRefused(
            "checkpoint_missing",
            f"The file {shown(path)} is missing; an administrator can restore or remove it.",
            "unreadable",
        ) from error
    except OSError as error:
        why = f"{shown(path)} cannot be read: {error.strerror}."
        raise HeaderRefused("checkpoint_missing", why, "unreadable") from error
    try:
        header = _parse(text)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _refusal(path, start, length, error) from error
    expected = 8 + length + header[1]
    if size != expected:
        raise HeaderRefused(
            "checkpoint_invalid",
            f"{shown(path)} is cut off or damaged: {size} bytes, its header says {expected}; fetch it again.",
            "cut_off",
        )
    return header[0]


def _refusal(path: Path, start: bytes, length: int, error: Exception) -> HeaderRefused:
    """Return why the header of a file that begins with `start`, a header of `length` bytes, makes no sense."""
    reason, why = "damaged", "is no whole safetensors file; fetch it again"
    if start.startswith(PICKLE_STARTS):
        reason = "pickle"
        why = "is a pickle under another name, which can run code when loaded; convert it to .safetensors"
    elif isinstance(error, _Overlap):
        reason, why = "overlapping_offsets", f"{why}: its tensors overlap or leave gaps"
    elif length > _LONGEST_HEADER and start[5:] == bytes(3):  # else these are no lengths but other contents
        reason, why = "header_too_large", f"{why}: its header would have {length:,} bytes, the format ends at 100 MB"
    return HeaderRefused("checkpoint_invalid", f"{shown(path)} {why}.", reason)


def _parse(text: bytes) -> tuple[Header, int]:
    """Return the header and the bytes of all tensors; ValueError where the tensors do not lie side by side.

    The library that loads the weights demands the same, so that a file which passes here opens there.
    """
    entries = parse_json(text)
    metadata = {_clean(key): _clean(value) for key, value in (entries.pop("__metadata__", None) or {}).items()}
    if not entries:
        raise ValueError("no tensors")
    shapes = {_clean(name): tuple(int(side) for side in entry["shape"]) for name, entry in entries.items()}
    dtypes = {_clean(name): str(entry["dtype"]) for name, entry in entries.items()}
    end = 0
    for begin, ending, name in sorted((*map(int, entry["data_offsets"]), name) for name, entry in entries.items()):
        bits = math.prod(shapes[_clean(name)]) * _BITS[dtypes[_clean(name)]]
        if begin != end or (ending - begin) * 8 != bits or min(shapes[_clean(name)], default=0) < 0:
            raise _Overlap("tensors overlap or leave gaps")
        end = ending
    return Header(shapes, dtypes, metadata), end


def _clean(text: object) -> str:
    """Return a text of a header as databases take it: without NUL, and without halves of characters."""
    return str(text).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
