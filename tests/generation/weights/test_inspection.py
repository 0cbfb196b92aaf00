"""Denoisers by their input channels: images of text, inpainting, and what is refused."""

import pytest

from generation.errors import GenerationError
from generation.weights.inspection import is_for_inpainting


def test_latents_alone_or_with_mask_and_image():
    assert not is_for_inpainting(4, 4, "x")
    assert is_for_inpainting(9, 4, "x")
    assert is_for_inpainting(33, 16, "x")


@pytest.mark.parametrize("channels", [3, 5, 8, 12])
def test_other_inputs_are_refused(channels):
    with pytest.raises(GenerationError, match=f"{channels} input channels"):
        is_for_inpainting(channels, 4, "x")
