"""LoRA of every trainer: what the scan takes is applied, and does what its numbers say."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from generation.errors import GenerationError
from generation.weights.adapter_inspection import inspect_weights
from tests.generation.pipelines.adapters.conftest import run_pipeline, same
from tests.support.tiny import lora_layouts
from tests.support.tiny.adapters import kohya_lora
from tests.support.tiny.checkpoints import example_of


def written(tensors, path):
    save_file({name: one.contiguous().clone() for name, one in tensors.items()}, path)
    assert inspect_weights("lora", path).kind == "lora"
    return {("lora", "ink"): path}


@pytest.fixture
def generate(apply):
    def run(family, files, weight=0.7):
        with apply(family, files, loras=[{"name": "ink", "weight": weight}]) as applied:
            return run_pipeline(applied.pipe, **applied.arguments)

    return run


@pytest.mark.parametrize("family", ["sd", "sdxl"])
@pytest.mark.parametrize("layout", lora_layouts.RENAMED)
def test_the_names_of_a_lora_do_not_matter(generate, weights, tmp_path, family, layout):
    renamed = lora_layouts.renamed(family, layout, tmp_path / "base.safetensors")
    generated = generate(family, written(renamed, tmp_path / "ink.safetensors"))
    assert same(generated, generate(family, {("lora", "ink"): weights("peft_lora", family)}))


def test_the_oldest_names_of_diffusers_are_read(generate, weights, tmp_path):
    old = lora_layouts.old_processor_names(tmp_path / "base.safetensors")
    generated = generate("sd", written(old, tmp_path / "ink.safetensors"))
    assert same(generated, generate("sd", {("lora", "ink"): weights("peft_lora", "sd", text=False)}))


@pytest.mark.parametrize("layout", lora_layouts.FLUX)
def test_layouts_of_flux_act(load, generate, tmp_path, layout):
    path = tmp_path / "ink.safetensors"
    files = written(lora_layouts.FLUX[layout](), path)
    assert inspect_weights("lora", path).family == "flux"
    before = run_pipeline(load("flux").pipe)
    assert not same(generate("flux", files), before)
    assert same(run_pipeline(load("flux").pipe), before)


@pytest.mark.parametrize("name", list(lora_layouts.changes(example_of("sd").unet)))
def test_every_algorithm_adds_what_its_formula_says(load, bare, generate, tmp_path, name):
    before = run_pipeline(load("sd").pipe)
    reference = bare("sd")
    with torch.no_grad():
        tensors, added = lora_layouts.changes(reference.unet)[name]
        for target, change in added.items():
            parameter = target if isinstance(target, torch.nn.Parameter) else target.weight
            parameter += 0.7 * change
    generated = generate("sd", written(tensors, tmp_path / "ink.safetensors"))
    assert not same(generated, before)
    assert np.abs(generated - run_pipeline(reference)).max() < 1e-3
    assert same(run_pipeline(load("sd").pipe), before)


def test_several_algorithms_act_together(load, generate, apply, weights, tmp_path):
    changes = lora_layouts.changes(load("sd").pipe.unet)
    both = {**changes["LoHa"][0], **changes["biases and norms"][0]}
    files = written(both, tmp_path / "ink.safetensors") | {("lora", "plain"): weights("kohya_lora", "sd")}
    before = run_pipeline(load("sd").pipe)
    requested = [{"name": "ink", "weight": 0.5}, {"name": "plain", "weight": 0.5}]
    with apply("sd", files, loras=requested) as applied:
        generated = run_pipeline(applied.pipe)
    with apply("sd", files, loras=requested[1:]) as applied:
        assert not same(run_pipeline(applied.pipe), generated)
    assert same(run_pipeline(load("sd").pipe), before)


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_bundled_embedding_does_not_spoil_the_layers(generate, weights, tmp_path, family):
    from safetensors.torch import load_file

    plain = weights("kohya_lora", family)
    bundle = {"bundle_emb.my hero.clip_l": torch.ones(2, 32), "bundle_emb.my hero.clip_g": torch.ones(2, 64)}
    files = written(load_file(plain) | bundle, tmp_path / "ink.safetensors")
    assert same(generate(family, files), generate(family, {("lora", "ink"): plain}))


@pytest.mark.parametrize("end", [".alpha", ".lora_up.weight"])
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_out_of_range_are_the_fault_of_the_lora(generate, tmp_path, end, number):
    from safetensors.torch import load_file

    good = load_file(kohya_lora("sd", tmp_path / "good.safetensors"))
    bad = {name: torch.full_like(one, number) if name.endswith(end) else one for name, one in good.items()}
    with pytest.raises(GenerationError, match="ink is damaged") as caught:
        generate("sd", written(bad, tmp_path / "ink.safetensors"))
    assert caught.value.code == "adapter_invalid"


def test_a_layer_of_another_shape_is_refused(load, generate, tmp_path):
    before = run_pipeline(load("sd").pipe)
    tensors, _ = lora_layouts.changes(load("sd").pipe.unet)["LoHa"]
    wide = {name: one.repeat(2, 1) if name.endswith("w1_a") else one for name, one in tensors.items()}
    with pytest.raises(GenerationError, match="another architecture"):
        generate("sd", written(wide, tmp_path / "ink.safetensors"))
    assert same(run_pipeline(load("sd").pipe), before)
