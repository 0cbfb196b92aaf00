"""Single files: tensors that are missing, and CLIP's own token numbers."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import load
from generation.pipelines.loading.single_file import clip_tokenizer
from generation.weights.sources import CheckpointSource

CPU = Device("cpu", torch.float32)


def test_a_single_file_that_lacks_tensors_is_invalid(checkpoints, tmp_path):
    tensors = load_file(checkpoints["sd-file"].location)
    for name in [name for name in tensors if ".middle_block." in name]:
        del tensors[name]
    save_file(tensors, tmp_path / "holes.safetensors", metadata={"format": "pt"})
    with pytest.raises(GenerationError) as caught:
        load(CheckpointSource("holes", "file", str(tmp_path / "holes.safetensors")), CPU)
    assert caught.value.code == "checkpoint_invalid"


def test_clip_gives_words_the_published_numbers():
    """The numbers that CLIP itself gives; they are what the published text encoders were trained with."""
    ids = clip_tokenizer()("a photograph of an astronaut riding a horse").input_ids
    assert ids == [49406, 320, 8853, 539, 550, 18376, 6765, 320, 4558, 49407]
