"""Headers of GGUF files: metadata, and names, shapes and types of tensors, without the weights.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Numbers of types come from the `gguf` package, whose
own reader maps the whole file and keeps all words of a language model; this one stops at a number of bytes.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from generation.weights.reading import shown
from generation.weights.recognition.recognized import FileRefused
from generation.weights.safetensors_header import Header

MAGIC = b"GGUF"
MOST_BYTES = 64 * 2**20  # of a header; half a million words of a language model take 10 MB
MOST_TENSORS = 100_000
MOST_ENTRIES = 10_000
_LONGEST_TEXT = 2**16  # bytes of a text that is kept; longer ones are skipped
_DIMENSIONS = 8
# struct formats by the number of a value's type; 8 is a text, 9 a list.
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9


@dataclass(frozen=True)
class GgufHeader:
    """Metadata of a file, and its tensors as a `Header` whose dtypes are ggml's names of types ("Q4_K")."""

    metadata: dict[str, Any]
    header: Header

    @property
    def architecture(self) -> str:
        """Return `general.architecture`, empty where the file has none."""
        return str(self.metadata.get("general.architecture", ""))


class _Reader:
    """A file with a bound on the bytes that are read or skipped; ValueError at its end."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file, self.size, self.place = file, size, 0

    def take(self, count: int) -> bytes:
        self._forward(count)
        data = self.file.read(count)
        if len(data) != count:
            raise ValueError("it ends too early")
        return data

    def skip(self, count: int) -> None:
        self._forward(count)
        self.file.seek(count, 1)

    def number(self, form: str) -> Any:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]

    def text(self) -> str:
        length = self.number("Q")
        if length > _LONGEST_TEXT:
            self.skip(length)
            return ""
        return self.take(length).decode("utf-8", "replace").replace("\x00", "")

    def value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self.text()
        if kind != _LIST:
            return self.number(_FORMATS[kind])
        inner, count = self.number("I"), self.number("Q")
        if inner == _TEXT:
            for _ in range(count):
                self.skip(self.number("Q"))
        else:
            self.skip(struct.calcsize(f"<{_FORMATS[inner]}") * count)
        return None  # lists say nothing about what a file is

    def _forward(self, count: int) -> None:
        self.place += count
        if self.place > MOST_BYTES:
            raise OverflowError
        if self.place > self.size:
            raise ValueError("it ends too early")


def read_gguf(path: Path) -> GgufHeader:
    """Return the header of a GGUF file of version 2 or 3.

    Raises:
        FileRefused: `unreadable`, `not_gguf`, `header_too_large`, `damaged`, `overlapping_offsets` or `cut_off`.
    """
    name = shown(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            reader = _Reader(file, size)
            if size < 24 or reader.take(4) != MAGIC or reader.number("I") not in (2, 3):
                raise FileRefused("not_gguf", f"{name} is no GGUF file of version 2 or 3; fetch it again.")
            return _read(reader, name)
    except OSError as error:
        raise FileRefused("unreadable", f"{name} cannot be read: {error.strerror}.") from error
    except OverflowError as error:
        raise FileRefused("header_too_large", f"The header of {name} is longer than 64 MB.") from error
    except (ValueError, KeyError, struct.error) as error:
        raise FileRefused("damaged", f"{name} is no whole GGUF file; fetch it again.") from error


def _read(reader: _Reader, name: str) -> GgufHeader:
    tensors, entries = reader.number("Q"), reader.number("Q")
    if tensors > MOST_TENSORS or entries > MOST_ENTRIES:
        raise FileRefused("header_too_large", f"{name} claims {tensors:,} tensors and {entries:,} entries.")
    metadata: dict[str, Any] = {}
    for _ in range(entries):
        key = reader.text()
        value = reader.value(reader.number("I"))
        if value is not None:
            metadata[key] = value
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    spans: list[tuple[int, int]] = []
    for _ in range(tensors):
        tensor = reader.text()
        count = reader.number("I")
        if not tensor or count > _DIMENSIONS:
            raise ValueError("no name, or too many dimensions")
        sides = [reader.number("Q") for _ in range(count)]
        dtype, length = _stored(reader.number("I"), math.prod(sides))
        start = reader.number("Q")
        shapes[tensor], dtypes[tensor] = tuple(reversed(sides)), dtype
        spans.append((start, start + length))
    if not shapes:
        raise ValueError("no tensors")
    _check_spans(spans, reader, int(metadata.get("general.alignment", 32)), name)
    return GgufHeader(metadata, Header(shapes, dtypes, {}))


def _stored(number: int, weights: int) -> tuple[str, int]:
    """Return the name of a type, and the bytes of so many weights in it.

    Raises:
        ValueError: the package knows no such type.
    """
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType  # here: most sites have no such file

    kind = GGMLQuantizationType(number)
    block, length = GGML_QUANT_SIZES[kind]
    return kind.name, -(-weights // block) * length


def _check_spans(spans: list[tuple[int, int]], reader: _Reader, alignment: int, name: str) -> None:
    if not 1 <= alignment <= 2**20:
        raise ValueError("its alignment makes no sense")
    end = 0
    for start, stop in sorted(spans):
        if start < end:
            raise FileRefused("overlapping_offsets", f"{name} is damaged: its tensors overlap; fetch it again.")
        end = stop
    expected = -(-reader.place // alignment) * alignment + end
    if reader.size < expected:
        raise FileRefused(
            "cut_off", f"{name} is cut off: {reader.size} bytes, its header says {expected}; fetch it again."
        )
