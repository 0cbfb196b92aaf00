"""The tensors that a loader needs are those that a complete file holds, not one more and not one less."""

import diffusers
import pytest
import torch

from generation.weights.safetensors_header import Header
from generation.weights.single_file_tensors import KINDS, UNET, VAE, lost_tensors, needed_tensors
from tests.generation.weights.test_checkpoint_inspection import PUBLISHED
from tests.support.tiny import checkpoints
from tests.support.tiny.ldm import to_single_file, to_single_file_name


@pytest.mark.parametrize(("kind", "family"), [("sd1", "sd"), ("sdxl", "sdxl")])
def test_all_tensors_of_a_complete_file_are_needed_and_no_others(kind, family):
    tensors = to_single_file(checkpoints.example_of(family))
    header = Header({name: tuple(one.shape) for name, one in tensors.items()}, {}, {})
    needed = needed_tensors(header, KINDS[kind])
    assert {name for part in needed.values() for name in part} == set(tensors)
    assert list(needed)[:3] == ["denoiser", "autoencoder", "text encoder"]


@pytest.mark.parametrize("family", ["sd", "sdxl", "flux"])
def test_an_autoencoder_in_one_file_lacks_nothing(family):
    pipe = checkpoints.example_of("sd" if family == "flux" else family)
    names = {name.removeprefix(VAE): tuple(t.shape) for name, t in to_single_file(pipe).items() if name.startswith(VAE)}
    if family == "flux":
        names = {name: shape for name, shape in names.items() if "quant_conv" not in name}
        names["decoder.conv_in.weight"] = (32, 16, 3, 3)
    assert lost_tensors(Header(names, {}, {}), "") == []
    del names["encoder.mid.attn_1.q.weight"]
    assert lost_tensors(Header(names, {}, {}), "") == ["encoder.mid.attn_1.q.weight"]


def test_impossible_numbers_of_layers_do_not_make_the_list_endless():
    shapes = {
        f"cond_stage_model.transformer.text_model.encoder.layers.{number}.x": (1,)
        for number in ("9" * 9, "9" * 5000, "²")
    }
    assert len(needed_tensors(Header(shapes, {}, {}), KINDS["sd1"])["text encoder"]) < 50


@pytest.mark.parametrize("kind", ["sd1", "sdxl"])
def test_the_published_denoisers_have_these_layers(kind):
    with torch.device("meta"):
        unet = diffusers.UNet2DConditionModel(**PUBLISHED[kind], layers_per_block=2)
    ups = unet.config.up_block_types
    shapes = {
        f"{UNET}{to_single_file_name(name, ups)}": tuple(tensor.shape) for name, tensor in unet.state_dict().items()
    }
    assert set(needed_tensors(Header(shapes, {}, {}), KINDS[kind])["denoiser"]) == set(shapes)
