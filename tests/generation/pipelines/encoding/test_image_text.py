"""Images and words as unit vectors, by a tiny CLIP and a tiny SigLIP with random weights."""

import numpy as np
import pytest
from PIL import Image as Pillow

from generation.pipelines.encoding.image_text import EncoderUnavailable, ImageTextEncoder
from tests.support.tiny.search_models import save_clip, save_siglip


@pytest.mark.parametrize(("save", "dimensions"), [(save_clip, 8), (save_siglip, 16)])
def test_alike_images_are_near_and_lengths_are_one(tmp_path, save, dimensions):
    encoder = ImageTextEncoder(save(tmp_path / "model"))
    assert encoder.dimensions == dimensions
    red, dark, blue = encoder.encode_images([Pillow.new("RGB", (40, 24), one) for one in ("red", "#e00000", "blue")])
    assert red @ dark > red @ blue
    texts = encoder.encode_texts(["a red fox", "a blue square", "fox " * 400])
    assert texts.shape == (3, dimensions)
    assert np.allclose(np.linalg.norm([*texts, red, blue], axis=1), 1, atol=1e-5)
    alone = encoder.encode_texts(["a blue square"])[0]  # whatever longer texts it is beside
    assert np.allclose(alone, texts[1], atol=1e-5)


def test_broken_weights_are_told(tmp_path):
    folder = save_clip(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(EncoderUnavailable, match="model cannot be loaded"):
        ImageTextEncoder(folder)
