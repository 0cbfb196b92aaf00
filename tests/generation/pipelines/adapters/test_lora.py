"""LoRA in every layout and family: as diffusers applies it, and gone without a trace."""

import gc

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from tests.generation.pipelines.adapters.conftest import draw, same
from tests.support.tiny import adapters

FILES = [("kohya_lora", "sd"), ("peft_lora", "sd"), ("kohya_lora", "sdxl"), ("peft_lora", "sdxl")]
FILES += [("peft_lora", "sd3"), ("peft_lora", "flux"), ("peft_lora", "z_image")]


@pytest.mark.parametrize(("builder", "family"), FILES)
def test_a_lora_draws_what_diffusers_draws_with_it_and_leaves_no_trace(load, bare, put_on, weights, builder, family):
    path = weights(builder, family)
    before = draw(load(family).pipe)
    with put_on(family, {("lora", "ink"): path}, loras=[{"name": "ink", "weight": 0.7}]) as applied:
        drawn = draw(applied.pipe, **applied.arguments)
    assert not same(drawn, before)
    assert same(draw(load(family).pipe), before)
    reference = bare(family)
    assert same(draw(reference), before)
    reference.load_lora_weights(str(path), adapter_name="ink")
    reference.set_adapters(["ink"], [0.7])
    assert same(drawn, draw(reference))


def test_two_at_once_count_by_their_weights(bare, put_on, weights):
    one, two = weights("kohya_lora", "sd"), weights("peft_lora", "sd", seed=2)
    files = {("lora", "one"): one, ("lora", "two"): two}
    requested = [{"name": "one", "weight": 0.5}, {"name": "two", "weight": -1.5}]
    with put_on("sd", files, loras=requested) as applied:
        drawn = draw(applied.pipe)
    reference = bare("sd")
    reference.load_lora_weights(str(one), adapter_name="one")
    reference.load_lora_weights(str(two), adapter_name="two")
    reference.set_adapters(["one", "two"], [0.5, -1.5])
    assert same(drawn, draw(reference))
    with put_on("sd", files, loras=requested[:1]) as applied:
        assert not same(draw(applied.pipe), drawn)


def test_a_weight_of_zero_is_no_lora(load, put_on, weights):
    before = draw(load("sd").pipe)
    with put_on("sd", {}, loras=[{"name": "gone", "weight": 0}]) as applied:
        assert same(draw(applied.pipe), before)


def test_the_text_encoders_part_counts(load, put_on, weights):
    whole, denoiser = weights("kohya_lora", "sdxl"), weights("kohya_lora", "sdxl", text=False)
    with put_on("sdxl", {("lora", "ink"): whole}, loras=[{"name": "ink"}]) as applied:
        drawn = draw(applied.pipe)
    with put_on("sdxl", {("lora", "ink"): denoiser}, loras=[{"name": "ink"}]) as applied:
        assert not same(draw(applied.pipe), drawn)


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_it_is_what_the_paper_says(bare, put_on, weights, family):
    """Weights plus weight times alpha / rank times up times down, in every layer, the text encoders' too."""
    path = weights("kohya_lora", family)
    with put_on(family, {("lora", "ink"): path}, loras=[{"name": "ink", "weight": 0.7}]) as applied:
        drawn = draw(applied.pipe)
    merged, tensors = bare(family), load_file(path)
    for key, layer in adapters.kohya_layers(merged, family):
        up, down = tensors[f"{key}.lora_up.weight"], tensors[f"{key}.lora_down.weight"]
        layer.weight.data += 0.7 * float(tensors[f"{key}.alpha"]) / len(down) * (up @ down)
    assert np.abs(draw(merged) - drawn).max() < 1e-3


def wrong_width(path):
    return {name: torch.zeros(tuple(side + 3 for side in one.shape)) for name, one in load_file(path).items()}


def other_names(path):
    return {f"unet.nowhere.{number}.lora_{end}.weight": torch.ones(4, 4) for number in (0, 1) for end in "AB"}


def not_numbers(path):
    return {name: one * float("nan") for name, one in load_file(path).items()}


def half_there(path):
    return {name: one for name, one in load_file(path).items() if "lora_B" not in name}


@pytest.mark.parametrize("spoilt", [wrong_width, other_names, not_numbers, half_there])
def test_one_that_does_not_fit_fails_and_the_checkpoint_stays_whole(load, put_on, weights, tmp_path, spoilt):
    good, path = weights("peft_lora", "sd"), tmp_path / "bad.safetensors"
    save_file(spoilt(good), path)
    before = draw(load("sd").pipe)
    files = {("lora", "good"): good, ("lora", "bad"): path}
    requested = [{"name": "good"}, {"name": "bad"}]
    with pytest.raises(GenerationError, match="bad") as caught, put_on("sd", files, loras=requested):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(draw(load("sd").pipe), before)


@pytest.mark.parametrize(("builder", "theirs", "ours"), [("kohya_lora", "sdxl", "sd"), ("peft_lora", "sd3", "sdxl")])
def test_one_of_another_family_fails(load, put_on, weights, builder, theirs, ours):
    before = draw(load(ours).pipe)
    path = weights(builder, theirs)
    with pytest.raises(GenerationError) as caught, put_on(ours, {("lora", "ink"): path}, loras=[{"name": "ink"}]):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(draw(load(ours).pipe), before)


def test_a_pickle_is_never_opened(put_on, tmp_path):
    path = tmp_path / "evil.safetensors"
    path.write_bytes(b"\x80\x04whatever")
    with (
        pytest.raises(GenerationError, match="pickle") as caught,
        put_on("sd", {("lora", "evil"): path}, loras=[{"name": "evil"}]),
    ):
        pass
    assert caught.value.code == "adapter_invalid"


@pytest.mark.parametrize(
    "raised", [GenerationError("refused", "no"), torch.OutOfMemoryError("no"), KeyboardInterrupt()]
)
def test_it_is_taken_off_whatever_happens(load, put_on, weights, raised):
    before = draw(load("sd").pipe)
    path = weights("kohya_lora", "sd")
    with pytest.raises(type(raised)), put_on("sd", {("lora", "ink"): path}, loras=[{"name": "ink"}]):
        raise raised
    assert same(draw(load("sd").pipe), before)


def test_nothing_piles_up(load, put_on, weights):
    files = {("lora", "ink"): weights("kohya_lora", "sd"), ("embedding", "my-toy"): weights("embedding", "sd")}

    def tensors_after(times):
        for _ in range(times):
            with put_on("sd", files, loras=[{"name": "ink"}]):
                pass
        gc.collect()
        return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())

    assert tensors_after(1) == tensors_after(20)
