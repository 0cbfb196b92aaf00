"""Prompt editing and AND where encodings are lists of different lengths."""

import numpy as np
import pytest

from generation.errors import GenerationError
from generation.pipelines.arguments import call_arguments
from generation.pipelines.encoding import encode_prompts
from generation.pipelines.generate import generate
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


@pytest.fixture
def run(checkpoints, cache):
    source = checkpoints["z_image"]

    def generated(**requested):
        parameters = ask(source, steps=2, **requested)
        images = tuple(range(parameters.count))
        [images] = generate(source, [Part(parameters, images, Recorder())], timings=Timings(), cache=cache)
        return [np.asarray(one.image) for one in images]

    return generated


def differ(one, other):
    return bool((one[0] != other[0]).any())


def encoding(checkpoints, cache, *prompts, **requested):
    """Return the pipeline, and the context that yields its arguments for these prompts, one image for each."""
    source = checkpoints["z_image"]
    loaded = cache.get(source)
    images = [ask(source, prompt=prompt, steps=2, guidance_scale=4, **requested) for prompt in prompts]
    parts = [Part(one, (0,), Recorder()) for one in images]
    return loaded.pipe, encode_prompts(loaded.pipe, images, call_arguments(loaded, parts))


def test_prompt_editing_and_composition_work(run):
    for guidance in (0, 4):
        fox, owl = (run(guidance_scale=guidance, prompt=text) for text in ("a red fox", "the owl"))
        assert not differ(run(guidance_scale=guidance, prompt="[a red fox:a red fox:1]"), fox)
        assert not differ(run(guidance_scale=guidance, prompt="[a red fox:the owl:2]"), fox)
        assert not differ(run(guidance_scale=guidance, prompt="[a red fox:the owl:0]"), owl)
        assert not differ(run(guidance_scale=guidance, prompt="a red fox AND the owl:0"), fox)
        for prompt in ("[a red fox:the owl:1]", "a red fox AND the owl"):
            mixed = run(guidance_scale=guidance, prompt=prompt)
            assert differ(mixed, fox)
            assert differ(mixed, owl)


def test_prompts_of_all_kinds_share_a_call(checkpoints, cache):
    prompts = ("a [fox:owl:1]", "a red heart", "a cat AND the owl:0.5")
    pipe, lent = encoding(checkpoints, cache, *prompts)
    with lent as arguments:
        together = pipe(**arguments, output_type="np").images
    for prompt, image in zip(prompts, together, strict=True):
        pipe, lent = encoding(checkpoints, cache, prompt)
        with lent as arguments:
            alone = pipe(**arguments, output_type="np").images[0]
        assert abs(alone - image).max() < 0.01
    assert not pipe.transformer._forward_hooks


def test_encodings_of_different_lengths_are_not_blended(checkpoints, cache):
    _, lent = encoding(checkpoints, cache, "a fox:0.5 the owl at night:0.5")
    with pytest.raises(GenerationError, match="cannot blend") as caught, lent:
        pass
    assert caught.value.code == "refused"
