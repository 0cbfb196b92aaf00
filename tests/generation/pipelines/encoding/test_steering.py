"""Prompt editing, AND, and many kinds of prompts in one batch."""

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines.encoding import encode_prompts
from generation.pipelines.schedulers import make_scheduler
from tests.generation.pipelines.encoding.conftest import (
    FAMILIES,
    LONG,
    arguments_for,
    generate,
    generate_bare,
    requested,
    run,
)

CLOSE = 2e-4  # latents reach 10 and more; batches of another size and masks round differently


@pytest.mark.parametrize("family", FAMILIES)
def test_an_edit_between_equal_halves_changes_no_bit(pipes, family):
    bare = generate_bare(pipes[family], family, "a red fox at night")
    assert torch.equal(generate(pipes[family], family, "a [red fox:red fox:2] at night"), bare)
    assert torch.equal(generate(pipes[family], family, "[a red fox at night:an owl:4]"), bare)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_edit_swaps_the_prompt_between_two_steps(pipes, family):
    """Against the pipeline's own way to swap embeddings in a step callback."""
    pipe = pipes[family]
    names = {"sd": [], "sdxl": ["add_text_embeds"], "sd3": ["pooled_prompt_embeds"], "flux": []}[family]
    names = ["latents", "prompt_embeds", *names]
    seen = {}

    def remember(pipe, index, timestep, tensors):
        seen.update(tensors)
        return {}

    run(
        pipe,
        [requested(family, "an owl")],
        arguments_for(family, [requested(family, "an owl")]),
        callback_on_step_end=remember,
        callback_on_step_end_tensor_inputs=names,
    )
    later = {name: value for name, value in seen.items() if name != "latents"}

    def swap(pipe, index, timestep, tensors):
        return dict(later) if index == 1 else {}

    images = [requested(family, "a fox")]
    expected = run(pipe, images, arguments_for(family, images),
                   callback_on_step_end=swap, callback_on_step_end_tensor_inputs=names)  # fmt: skip
    found = generate(pipe, family, "[a fox:an owl:2]")
    if family == "flux":  # its callback cannot swap the pooled text
        assert not torch.equal(found, generate_bare(pipe, family, "a fox"))
    else:
        assert torch.equal(found, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_alternation_and_edits_change_the_image(pipes, family):
    generated = [
        generate(pipes[family], family, text) for text in ("fox", "owl", "[fox|owl]", "[owl|fox]", "[fox:owl:0.5]")
    ]
    for number, one in enumerate(generated):
        assert not any(torch.equal(one, other) for other in generated[:number])


def compose_by_hand(pipe, weighted, negative, image):
    """Denoise with DDIM and the sum of Liu et al. 2022, eq. 11."""
    scheduler = make_scheduler(pipe, image.sampler, image.schedule, steps=image.steps)
    scheduler.set_timesteps(image.steps)

    def embed(text):
        return pipe.encode_prompt(text, "cpu", 1, False)[0]

    latents = torch.randn((1, 4, 8, 8), generator=torch.Generator("cpu").manual_seed(image.seed))
    latents = latents * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        given = scheduler.scale_model_input(latents, timestep)
        nothing = pipe.unet(given, timestep, encoder_hidden_states=embed(negative)).sample
        moves = [
            weight * (pipe.unet(given, timestep, encoder_hidden_states=embed(text)).sample - nothing)
            for text, weight in weighted
        ]
        guided = nothing + image.guidance_scale * sum(moves)
        latents = scheduler.step(guided, timestep, latents).prev_sample
    return latents


@torch.no_grad()
def test_and_adds_up_what_each_prompt_would_change(pipes):
    expected = compose_by_hand(pipes["sd"], [("a cat", 1.2), ("a dog", -0.8)], "blurry", requested("sd", "x"))
    found = generate(pipes["sd"], "sd", "a cat :1.2 AND a dog :-0.8", negative_prompt="blurry")
    assert torch.allclose(found, expected, atol=CLOSE)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_and_with_nothing_else_is_the_prompt_itself(pipes, family, guidance):
    bare = generate_bare(pipes[family], family, "a red fox", guidance_scale=guidance)
    halves = generate(pipes[family], family, "a red fox:0.5 AND a red fox:0.5", guidance_scale=guidance)
    assert torch.allclose(halves, bare, atol=CLOSE)
    assert torch.equal(generate(pipes[family], family, "a red fox AND an owl:0", guidance_scale=guidance), bare)
    assert not torch.allclose(generate(pipes[family], family, "a red fox AND an owl", guidance_scale=guidance), bare)


def test_flux_with_true_guidance_is_steered_too(pipes):
    fields = {"true_cfg_scale": 2.0, "negative_prompt": "blurry"}
    bare = generate_bare(pipes["flux"], "flux", "a red fox", **fields)
    assert torch.equal(generate(pipes["flux"], "flux", "[a red fox:x:4]", **fields), bare)
    assert torch.equal(generate(pipes["flux"], "flux", "a red fox AND an owl:0", **fields), bare)
    other = generate(pipes["flux"], "flux", "a red fox AND blurry:3", **fields)
    assert torch.allclose(other, bare, atol=CLOSE)  # it is where the negative prompt is: no move
    assert not torch.allclose(
        generate(pipes["flux"], "flux", "a red fox AND blurry:3", true_cfg_scale=2.0), bare, atol=CLOSE
    )


def test_without_guidance_weights_must_have_a_mean(pipes):
    with pytest.raises(GenerationError, match="more than 0"):
        generate(pipes["sd"], "sd", "a fox AND an owl:-1", guidance_scale=1.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_image_does_not_depend_on_the_other_prompts_of_the_batch(pipes, family):
    prompts = ["a red fox", LONG, "[fox|owl] at night", "a cat AND a dog:0.5", "a (red:1.4) fox", "cat:1 dog:1"]
    together = generate(pipes[family], family, *prompts, negative_prompt="blurry")
    for number, prompt in enumerate(prompts):
        alone = generate(pipes[family], family, prompt, negative_prompt="blurry")
        assert torch.allclose(together[number : number + 1], alone, atol=CLOSE), prompt


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_is_undone_after_cancelling(pipes, family):
    pipe = pipes[family]
    before = generate_bare(pipe, family, "a red fox")

    def cancel(*anything):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        generate(pipe, family, "[a|b] AND c", LONG, more={"callback_on_step_end": cancel})
    denoiser = pipe.transformer if family in ("sd3", "flux") else pipe.unet
    assert not denoiser._forward_pre_hooks
    assert not denoiser._forward_hooks
    assert "step" not in vars(pipe.scheduler)
    assert torch.equal(generate_bare(pipe, family, "a red fox"), before)


def test_an_existing_wrapper_of_the_scheduler_is_kept(pipes):
    pipe = pipes["sd"]
    images = [requested("sd", "[a|b]")]
    wrapped = pipe.scheduler.step
    pipe.scheduler.step = wrapped
    try:
        with encode_prompts(pipe, images, arguments_for("sd", images)) as arguments:
            pipe(**arguments, output_type="latent")
        assert vars(pipe.scheduler)["step"] is wrapped
    finally:
        del pipe.scheduler.step
