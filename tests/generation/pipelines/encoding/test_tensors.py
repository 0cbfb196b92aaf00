"""A blend is the mean of the encodings of its prompts."""

import torch

from generation.pipelines.encoding import encode_prompts
from tests.generation.pipelines.encoding.conftest import arguments_for, requested


@torch.no_grad()
def test_a_blend_is_the_mean_of_what_prompts_mean(pipes):
    pipe = pipes["sd"]
    images = [requested("sd", "tabby cat:1 white duck:3")]
    with encode_prompts(pipe, images, arguments_for("sd", images)) as arguments:
        found = arguments["prompt_embeds"]
    cat, duck = (pipe.encode_prompt(text, "cpu", 1, False)[0] for text in ("tabby cat", "white duck"))
    assert torch.allclose(found, cat * 0.25 + duck * 0.75, atol=1e-6)
