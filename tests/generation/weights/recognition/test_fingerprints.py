"""The tables by which weights are recognised: no row stands in the way of another, and each has a name for people."""

import pytest

from generation.weights.recognition import fingerprints
from generation.weights.recognition.recognize import recognize_header
from generation.weights.safetensors_header import Header

MARKS = [(mark.architecture, names) for mark in fingerprints.DENOISERS for names in mark.names]


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "net."])
@pytest.mark.parametrize(("architecture", "names"), MARKS)
def test_no_denoiser_is_taken_for_another(architecture, names, prefix):
    shapes = dict.fromkeys((prefix + name for name in names), (4, 4))
    found = recognize_header(Header(shapes, dict.fromkeys(shapes, "BF16"), {}), "x.safetensors")
    assert (found.kind, found.architecture, found.stored) == ("denoiser", architecture, "BF16")
