"""Headers of GGUF files: read without their weights, and refused where they make no sense."""

import struct

import pytest

from generation.weights.recognition.gguf_header import read_gguf
from generation.weights.recognition.recognized import FileRefused
from tests.support.model_trees import write_gguf


def test_names_shapes_types_and_texts_are_read(tmp_path):
    path = write_gguf(tmp_path / "x.gguf", "flux", {"img_in.weight": 512, "out.weight": 256}, general__name="Foxes")
    found = read_gguf(path)
    assert (found.architecture, found.metadata["general.name"]) == ("flux", "Foxes")
    assert found.header.shapes == {"img_in.weight": (64, 512), "out.weight": (64, 256)}
    assert set(found.header.dtypes.values()) == {"Q4_K"}


def key(kind, *more):
    """Return a header with one entry of this type of value."""
    return b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q1sI", 1, b"k", kind) + b"".join(more)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda whole: whole[:-40], "cut_off"),  # the last bytes only fill up to the alignment
        (lambda whole: whole[:60], "damaged"),
        (lambda whole: b"GGML" + whole[4:], "not_gguf"),
        (lambda whole: whole[:4] + struct.pack("<I", 1) + whole[8:], "not_gguf"),
        (lambda whole: whole[:8] + struct.pack("<Q", 2**60) + whole[16:], "header_too_large"),
        (lambda whole: key(9, struct.pack("<IQ", 4, 2**40)), "header_too_large"),  # a list without an end
        (lambda whole: key(9, struct.pack("<IQ", 9, 1)), "damaged"),  # a list of lists
        (lambda whole: key(99), "damaged"),
        (lambda whole: b"", "not_gguf"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, change, code):
    whole = write_gguf(tmp_path / "fine.gguf", "flux", {"img_in.weight": 256}).read_bytes()
    (tmp_path / "bad.gguf").write_bytes(change(whole))
    with pytest.raises(FileRefused) as caught:
        read_gguf(tmp_path / "bad.gguf")
    assert caught.value.code == code
    assert "bad.gguf" in caught.value.message


def test_tensors_that_overlap_are_refused(tmp_path):
    whole = write_gguf(tmp_path / "fine.gguf", "flux", {"a.weight": 256, "b.weight": 256}).read_bytes()
    (tmp_path / "bad.gguf").write_bytes(whole.replace(struct.pack("<IQ", 12, 9216), struct.pack("<IQ", 12, 0), 1))
    with pytest.raises(FileRefused) as caught:
        read_gguf(tmp_path / "bad.gguf")
    assert caught.value.code == "overlapping_offsets"


def test_a_file_that_is_not_there_cannot_be_read(tmp_path):
    with pytest.raises(FileRefused) as caught:
        read_gguf(tmp_path / "gone.gguf")
    assert caught.value.code == "unreadable"
