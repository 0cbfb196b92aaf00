"""Denoisers in a file of their own: what they need, by shape."""

import pytest

from generation.errors import GenerationError
from generation.weights.checkpoint_inspection import inspect
from generation.weights.parts.denoiser import read_denoiser
from generation.weights.sources import CheckpointSource, SharedPart
from tests.support.model_tree_files import CLIP, FLUX, SD3, Z_IMAGE, scaled
from tests.support.model_trees import write_gguf, write_header


def test_a_flux_needs_two_encoders_and_an_autoencoder(tmp_path):
    for prefix in ("", "model.diffusion_model."):
        shapes = {prefix + name: shape for name, shape in FLUX.items()}
        found = read_denoiser(write_header(tmp_path / "x.safetensors", shapes))
        assert (found.family, found.prefix, found.is_gguf) == ("flux", prefix, False)
        assert [str(need) for need in found.needs] == [
            "CLIP of width 768",
            "T5 of width 4096",
            "autoencoder with 16 channels",
        ]


def test_an_inspection_counts_the_parts(tmp_path):
    path = write_header(tmp_path / "x.safetensors", FLUX)
    alone = inspect(CheckpointSource("x", "denoiser", str(path)))
    assert (alone.family, alone.dtype, alone.size_bytes) == ("flux", "F16", path.stat().st_size)
    clip = write_header(tmp_path / "clip.safetensors", {CLIP: (49408, 768)})
    parts = (SharedPart("text_encoder", "clip", str(clip)),)
    assert inspect(CheckpointSource("x", "denoiser", str(path), parts=parts)).weights == alone.weights + 49408 * 768


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ({name: shape for name, shape in FLUX.items() if name != "txt_in.weight"}, "lacks txt_in.weight"),
        (FLUX | {"final_layer.linear.weight": (63, 3072)}, "is not whole"),
        (SD3, "no denoiser that the site joins with shared parts"),
        (Z_IMAGE, "no denoiser that the site joins with shared parts"),
        ({"a.weight": (4, 4), "b.weight": (4, 4)}, "holds no weights that the studio knows"),
        (FLUX | {"scaled_fp8": (2,)}, "the scales are missing"),
        (scaled(FLUX) | {"img_in.scale_weight": (5,)}, "its weights are scaled"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path, shapes, says):
    with pytest.raises(GenerationError, match=says) as caught:
        read_denoiser(write_header(tmp_path / "x.safetensors", shapes))
    assert caught.value.code == "checkpoint_invalid"


def test_gguf_of_types_that_are_not_read_is_refused(tmp_path):
    fine = write_gguf(tmp_path / "fine.gguf", "flux", dict.fromkeys(FLUX, 256))
    assert read_denoiser(fine).is_gguf
    odd = write_gguf(tmp_path / "odd.gguf", "flux", dict.fromkeys(FLUX, 256), quantized="TQ1_0")
    with pytest.raises(GenerationError, match="quantized as TQ1_0"):
        read_denoiser(odd)
    with pytest.raises(GenerationError) as caught:
        read_denoiser(tmp_path / "gone.gguf")
    assert caught.value.code == "checkpoint_missing"
