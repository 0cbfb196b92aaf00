"""LoRA in every layout and family: as diffusers applies it, and gone without a trace."""

import gc

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from tests.generation.pipelines.adapters.conftest import run_pipeline, same
from tests.support.tiny import adapters

FILES = [("kohya_lora", "sd"), ("peft_lora", "sd"), ("kohya_lora", "sdxl"), ("peft_lora", "sdxl")]
FILES += [("peft_lora", "sd3"), ("peft_lora", "flux"), ("peft_lora", "z_image")]


@pytest.mark.parametrize(("builder", "family"), FILES)
def test_a_lora_gives_the_same_image_as_diffusers_and_leaves_no_trace(load, bare, apply, weights, builder, family):
    path = weights(builder, family)
    before = run_pipeline(load(family).pipe)
    with apply(family, {("lora", "ink"): path}, loras=[{"name": "ink", "weight": 0.7}]) as applied:
        generated = run_pipeline(applied.pipe, **applied.arguments)
    assert not same(generated, before)
    assert same(run_pipeline(load(family).pipe), before)
    reference = bare(family)
    assert same(run_pipeline(reference), before)
    reference.load_lora_weights(str(path), adapter_name="ink")
    reference.set_adapters(["ink"], [0.7])
    assert same(generated, run_pipeline(reference))


def test_two_loras_act_by_their_weights(bare, apply, weights):
    one, two = weights("kohya_lora", "sd"), weights("peft_lora", "sd", seed=2)
    files = {("lora", "one"): one, ("lora", "two"): two}
    requested = [{"name": "one", "weight": 0.5}, {"name": "two", "weight": -1.5}]
    with apply("sd", files, loras=requested) as applied:
        generated = run_pipeline(applied.pipe)
    reference = bare("sd")
    reference.load_lora_weights(str(one), adapter_name="one")
    reference.load_lora_weights(str(two), adapter_name="two")
    reference.set_adapters(["one", "two"], [0.5, -1.5])
    assert same(generated, run_pipeline(reference))
    with apply("sd", files, loras=requested[:1]) as applied:
        assert not same(run_pipeline(applied.pipe), generated)


def test_a_weight_of_zero_is_no_lora(load, apply, weights):
    before = run_pipeline(load("sd").pipe)
    with apply("sd", {}, loras=[{"name": "gone", "weight": 0}]) as applied:
        assert same(run_pipeline(applied.pipe), before)


def test_the_text_encoders_layers_of_a_lora_act(load, apply, weights):
    whole, denoiser = weights("kohya_lora", "sdxl"), weights("kohya_lora", "sdxl", text=False)
    with apply("sdxl", {("lora", "ink"): whole}, loras=[{"name": "ink"}]) as applied:
        generated = run_pipeline(applied.pipe)
    with apply("sdxl", {("lora", "ink"): denoiser}, loras=[{"name": "ink"}]) as applied:
        assert not same(run_pipeline(applied.pipe), generated)


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_lora_computes_what_the_paper_says(bare, apply, weights, family):
    """Weights plus weight times alpha / rank times up times down, in every layer, the text encoders' too."""
    path = weights("kohya_lora", family)
    with apply(family, {("lora", "ink"): path}, loras=[{"name": "ink", "weight": 0.7}]) as applied:
        generated = run_pipeline(applied.pipe)
    merged, tensors = bare(family), load_file(path)
    for key, layer in adapters.kohya_layers(merged, family):
        up, down = tensors[f"{key}.lora_up.weight"], tensors[f"{key}.lora_down.weight"]
        layer.weight.data += 0.7 * float(tensors[f"{key}.alpha"]) / len(down) * (up @ down)
    assert np.abs(run_pipeline(merged) - generated).max() < 1e-3


def wrong_width(path):
    return {name: torch.zeros(tuple(side + 3 for side in one.shape)) for name, one in load_file(path).items()}


def other_names(path):
    return {f"unet.nowhere.{number}.lora_{end}.weight": torch.ones(4, 4) for number in (0, 1) for end in "AB"}


def not_numbers(path):
    return {name: one * float("nan") for name, one in load_file(path).items()}


def half_there(path):
    return {name: one for name, one in load_file(path).items() if "lora_B" not in name}


@pytest.mark.parametrize("spoilt", [wrong_width, other_names, not_numbers, half_there])
def test_a_lora_that_does_not_fit_fails_and_leaves_the_checkpoint_unchanged(load, apply, weights, tmp_path, spoilt):
    good, path = weights("peft_lora", "sd"), tmp_path / "bad.safetensors"
    save_file(spoilt(good), path)
    before = run_pipeline(load("sd").pipe)
    files = {("lora", "good"): good, ("lora", "bad"): path}
    requested = [{"name": "good"}, {"name": "bad"}]
    with pytest.raises(GenerationError, match="bad") as caught, apply("sd", files, loras=requested):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(run_pipeline(load("sd").pipe), before)


@pytest.mark.parametrize(("builder", "theirs", "ours"), [("kohya_lora", "sdxl", "sd"), ("peft_lora", "sd3", "sdxl")])
def test_a_lora_of_another_family_fails(load, apply, weights, builder, theirs, ours):
    before = run_pipeline(load(ours).pipe)
    path = weights(builder, theirs)
    with pytest.raises(GenerationError) as caught, apply(ours, {("lora", "ink"): path}, loras=[{"name": "ink"}]):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(run_pipeline(load(ours).pipe), before)


def test_a_pickle_is_never_opened(apply, tmp_path):
    path = tmp_path / "evil.safetensors"
    path.write_bytes(b"\x80\x04whatever")
    with (
        pytest.raises(GenerationError, match="pickle") as caught,
        apply("sd", {("lora", "evil"): path}, loras=[{"name": "evil"}]),
    ):
        pass
    assert caught.value.code == "adapter_invalid"


@pytest.mark.parametrize(
    "raised", [GenerationError("refused", "no"), torch.OutOfMemoryError("no"), KeyboardInterrupt()]
)
def test_a_lora_is_removed_after_every_exception(load, apply, weights, raised):
    before = run_pipeline(load("sd").pipe)
    path = weights("kohya_lora", "sd")
    with pytest.raises(type(raised)), apply("sd", {("lora", "ink"): path}, loras=[{"name": "ink"}]):
        raise raised
    assert same(run_pipeline(load("sd").pipe), before)


def test_no_tensors_accumulate(load, apply, weights):
    files = {("lora", "ink"): weights("kohya_lora", "sd"), ("embedding", "my-toy"): weights("embedding", "sd")}

    def tensors_after(times):
        for _ in range(times):
            with apply("sd", files, loras=[{"name": "ink"}]):
                pass
        gc.collect()
        return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())

    assert tensors_after(1) == tensors_after(5)
