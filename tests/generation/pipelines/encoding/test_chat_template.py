"""Z-Image: prompts read by a chat model, and guidance that is off at 0."""

import numpy as np
import pytest
import torch

from generation.parameters.prompts import parse_attention
from generation.pipelines.arguments import call_arguments
from generation.pipelines.encoding import encode_prompts
from generation.pipelines.encoding.chat_template import encode_z_image
from generation.pipelines.generate import generate
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


@pytest.fixture
def run(checkpoints, cache):
    source = checkpoints["z_image"]

    def generated(**requested):
        parameters = ask(source, steps=2, **requested)
        images = tuple(range(requested.get("count", 1)))
        [images] = generate(source, [Part(parameters, images, Recorder())], timings=Timings(), cache=cache)
        return [np.asarray(one.image) for one in images]

    return generated


def differ(one, other):
    return bool((one[0] != other[0]).any())


def test_a_guidance_scale_of_0_is_no_guidance(run):
    unguided = run(guidance_scale=0)
    assert not differ(unguided, run(guidance_scale=0, negative_prompt="red"))
    assert differ(unguided, run(guidance_scale=1))
    assert differ(run(guidance_scale=4), run(guidance_scale=4, negative_prompt="the owl at night"))


def test_an_unweighted_prompt_is_read_as_by_the_pipeline(checkpoints, cache):
    pipe = cache.get(checkpoints["z_image"]).pipe
    for text in ("a red heart", "", "a fox in the snow, the owl at night"):
        with torch.no_grad():
            [expected], _ = pipe.encode_prompt([text], do_classifier_free_guidance=False)
            assert torch.equal(encode_z_image(pipe, parse_attention(text), 1).embeds, expected)


def test_weights_act_on_their_own_words(checkpoints, cache):
    pipe = cache.get(checkpoints["z_image"]).pipe
    with torch.no_grad():
        plain = encode_z_image(pipe, parse_attention("red heart owl"), 1).embeds
        heavy = encode_z_image(pipe, parse_attention("red (heart:1.5) owl"), 1).embeds
    ratio = (heavy / plain).median(dim=1).values
    ratio = ratio / ratio.median()  # the mean is restored, which scales all alike
    changed = (ratio - 1).abs() > 0.1
    assert 0 < int(changed.sum()) < len(changed) / 2
    assert torch.allclose(ratio[changed], torch.tensor(1.5), atol=0.01)


def encoding(checkpoints, cache, *prompts, **requested):
    """Return the pipeline, and the context that yields its arguments for these prompts, one image for each."""
    source = checkpoints["z_image"]
    loaded = cache.get(source)
    images = [ask(source, prompt=prompt, steps=2, guidance_scale=4, **requested) for prompt in prompts]
    parts = [Part(one, (0,), Recorder()) for one in images]
    return loaded.pipe, encode_prompts(loaded.pipe, images, call_arguments(loaded, parts))


def test_weighted_prompts_of_several_lengths_share_a_call(checkpoints, cache):
    prompts = ("a (red:1.4) heart", "a fox in the (snow:0.5), the owl at night")
    pipe, lent = encoding(checkpoints, cache, *prompts)
    with lent as arguments:
        weighted = pipe(**arguments, output_type="np").images
    pipe, lent = encoding(checkpoints, cache, "a red heart", "a fox in the snow, the owl at night")
    with lent as arguments:
        assert "prompt_embeds" not in arguments
        plain = pipe(**arguments, output_type="np").images
    assert weighted.shape == plain.shape
    assert all(abs(one - other).max() > 1e-4 for one, other in zip(weighted, plain, strict=True))
