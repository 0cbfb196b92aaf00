"""Facts of Flux.1."""

import json

from generation.families import FAMILIES
from generation.families.records.flux import FAMILY
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource
from tests.support.tiny import checkpoints


def test_its_latents_are_tokens_of_four_latent_pixels():
    assert FAMILIES["flux"] is FAMILY
    assert (FAMILY.latents.channels, FAMILY.latents.patch) == (16, 2)


def test_a_checkpoint_distilled_for_few_steps_has_its_own_defaults(tmp_path):
    folder = checkpoints.save_folder("flux", tmp_path / "flux")
    source = CheckpointSource("flux", "folder", str(folder))
    found = inspect(source)
    assert (found.steps, found.guidance_scale) == (28, 3.5)
    config = folder / "transformer" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "guidance_embeds": False}))
    found = inspect(source)
    assert (found.steps, found.guidance_scale) == (4, 0.0)
