"""Drawing from pictures, against the bare diffusers pipelines of every family."""

import pytest
import torch

from generation.pipelines.modes import pipeline_for
from generation.pipelines.protocol import GenerationError
from tests.generation.pipelines.conftest import FAMILIES


@pytest.mark.parametrize("task", ["image_to_image", "inpaint"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_pipeline_of_another_task_shares_every_part_and_is_made_once(checkpoints, cache, family, task):
    loaded = cache.get(checkpoints[family])
    pipe = pipeline_for(loaded, task)
    assert pipe is pipeline_for(loaded, task)
    shared = [name for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)]
    assert {"vae", "text_encoder"} <= set(shared)
    for name in shared:
        assert getattr(pipe, name) is getattr(loaded.pipe, name), name
    assert pipeline_for(loaded, "text_to_image") is loaded.pipe


def test_parts_that_are_lent_to_the_loaded_pipeline_are_lent_to_the_others_too(checkpoints, cache):
    loaded = cache.get(checkpoints["sd"])
    pipe, own = pipeline_for(loaded, "image_to_image"), loaded.pipe.vae
    other = torch.nn.Identity()
    try:
        loaded.pipe.vae = other
        assert pipeline_for(loaded, "image_to_image").vae is other
    finally:
        loaded.pipe.vae = own
    assert pipeline_for(loaded, "image_to_image").vae is own
    assert pipe.vae is own


def test_a_task_that_the_family_does_not_do_is_refused(checkpoints, cache):
    with pytest.raises(GenerationError, match="does text_to_image"):
        pipeline_for(cache.get(checkpoints["sd"]), "upscale")
