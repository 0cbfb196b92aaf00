"""Single files: what the scan says of each variant the loader does, and CLIP's own token numbers."""

import pytest
import torch
from safetensors.torch import save_file

from generation.errors import GenerationError
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import load
from generation.pipelines.loading.single_file import clip_tokenizer
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource
from tests.support.tiny import checkpoints
from tests.support.tiny.file_variants import VARIANTS, older_text_names, scaled
from tests.support.tiny.ldm import to_single_file

CPU = Device("cpu", torch.float32)


@pytest.fixture(scope="module")
def tensors():
    """The tensors of a complete file, by family."""
    return {family: to_single_file(checkpoints.example_of(family)) for family in ("sd", "sdxl")}


def stored(tensors, variant, path):
    save_file({name: one.contiguous().clone() for name, one in variant(tensors).items()}, path)
    return CheckpointSource(path.stem, "file", str(path))


@pytest.mark.parametrize("family", ["sd", "sdxl"])
@pytest.mark.parametrize("name", VARIANTS)
def test_what_the_scan_takes_loads_and_what_it_refuses_does_not(tensors, tmp_path, family, name):
    variant, refused = VARIANTS[name]
    source = stored(tensors[family], variant, tmp_path / "x.safetensors")
    if refused is None:
        found = inspect(source)
        pipe = load(source, CPU).pipe
        assert found.family == family
        assert pipe.scheduler.config.prediction_type == found.prediction_type
        assert ("Inpaint" in type(pipe).__name__) == (name == "inpainting")
        return
    for use in (inspect, lambda one: load(one, CPU)):
        with pytest.raises(GenerationError, match=refused) as caught:
            use(source)
        assert caught.value.code == "checkpoint_invalid"
        assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize("ending", ["scale_weight", "weight_scale"])
def test_the_scales_of_float8_weights_are_applied(tensors, tmp_path, ending):
    plain = load(stored(tensors["sdxl"], lambda own: own, tmp_path / "plain.safetensors"), CPU).pipe
    source = stored(tensors["sdxl"], scaled(ending, rows=ending == "weight_scale"), tmp_path / "x.safetensors")
    pipe = load(source, CPU).pipe
    for name, one in plain.unet.state_dict().items():
        other = pipe.unet.state_dict()[name]
        assert other.dtype == torch.float32
        torch.testing.assert_close(other, one, rtol=0.1, atol=2e-3)


def test_older_names_of_the_text_encoder_load_as_the_newer_ones(tensors, tmp_path):
    plain = load(stored(tensors["sd"], lambda own: own, tmp_path / "plain.safetensors"), CPU).pipe
    pipe = load(stored(tensors["sd"], older_text_names, tmp_path / "old.safetensors"), CPU).pipe
    for part in ("unet", "vae", "text_encoder"):
        ours, theirs = getattr(pipe, part).state_dict(), getattr(plain, part).state_dict()
        assert all(torch.equal(ours[name], one) for name, one in theirs.items()), part


def test_clip_gives_words_the_published_numbers():
    """The numbers that CLIP itself gives; they are what the published text encoders were trained with."""
    ids = clip_tokenizer()("a photograph of an astronaut riding a horse").input_ids
    assert ids == [49406, 320, 8853, 539, 550, 18376, 6765, 320, 4558, 49407]
