"""Files that cannot generate images are refused by what they are."""

import pytest
import torch
from safetensors.torch import save_file

from generation.errors import GenerationError
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource


def file(path):
    return CheckpointSource("it", "file", str(path))


def refused(source):
    with pytest.raises(GenerationError) as caught:
        inspect(source)
    return caught.value


@pytest.mark.parametrize(
    ("marker", "word"),
    [
        ("conditioner.embedders.0.model.ln_final.weight", "refiner"),
        ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "LoRA"),
        ("double_blocks.0.img_attn.qkv.weight", "Flux"),
        ("something.else", "no checkpoint that the studio knows"),
    ],
)
def test_files_that_draw_nothing_are_refused_by_what_they_are(tmp_path, marker, word):
    save_file({marker: torch.zeros(4, 4)}, tmp_path / "it.safetensors")
    error = refused(file(tmp_path / "it.safetensors"))
    assert error.code == "checkpoint_invalid"
    assert word in error.message
