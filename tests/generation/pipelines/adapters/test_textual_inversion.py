"""Embeddings give what diffusers gives, do not mix, and leave nothing behind."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from tests.generation.pipelines.adapters.conftest import run_pipeline, same

TOY = "a my-toy heart"


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_an_embedding_gives_the_same_image_as_diffusers_and_is_removed(load, bare, apply, weights, family):
    path = weights("embedding", family)
    loaded = load(family)
    table = loaded.pipe.text_encoder.get_input_embeddings()
    size, before = len(loaded.pipe.tokenizer), run_pipeline(loaded.pipe, prompt=TOY)
    with apply(family, {("embedding", "my-toy"): path}) as applied:
        generated = run_pipeline(applied.pipe, prompt=TOY)
        assert len(applied.pipe.tokenizer) == size + 2
    assert not same(generated, before)
    assert loaded.pipe.text_encoder.get_input_embeddings() is table
    assert len(loaded.pipe.tokenizer) == size
    assert same(run_pipeline(loaded.pipe, prompt=TOY), before)
    reference, tensors = bare(family), load_file(path)
    if family == "sd":
        reference.load_textual_inversion(tensors["emb_params"], token="my-toy")
    else:
        parts = (("clip_l", "text_encoder", "tokenizer"), ("clip_g", "text_encoder_2", "tokenizer_2"))
        for name, encoder, tokenizer in parts:
            reference.load_textual_inversion(
                tensors[name],
                token="my-toy",
                text_encoder=getattr(reference, encoder),
                tokenizer=getattr(reference, tokenizer),
            )
    assert same(generated, run_pipeline(reference, prompt=TOY))


def test_a_prompt_without_the_word_gives_the_same_image_as_before(load, apply, weights):
    before = run_pipeline(load("sd").pipe)
    with apply("sd", {("embedding", "my-toy"): weights("embedding", "sd")}) as applied:
        assert same(run_pipeline(applied.pipe), before)


def test_two_embeddings_do_not_mix(apply, weights):
    files = {
        ("embedding", "my-toy"): weights("embedding", "sd"),
        ("embedding", "my-ink"): weights("embedding", "sd", seed=4),
    }
    with apply("sd", dict(reversed(files.items()))) as applied:
        generated = run_pipeline(applied.pipe, prompt=TOY)
    with apply("sd", dict(list(files.items())[:1])) as applied:
        assert same(generated, run_pipeline(applied.pipe, prompt=TOY))


def test_old_configs_find_the_end_token_too(load, apply, weights):
    loaded, path = load("sdxl"), weights("embedding", "sdxl")
    with apply("sdxl", {("embedding", "my-toy"): path}) as applied:
        generated = run_pipeline(applied.pipe, prompt=TOY)
    encoders = [one for one in loaded.pipe.text_encoder_2.modules() if hasattr(one, "eos_token_id")]
    for one in encoders:
        one.eos_token_id = 2
    try:
        with apply("sdxl", {("embedding", "my-toy"): path}) as applied:
            assert same(generated, run_pipeline(applied.pipe, prompt=TOY))
        assert {one.eos_token_id for one in encoders} == {2}
    finally:
        for one in encoders:
            one.eos_token_id = 49407


@pytest.mark.parametrize(("token", "says"), [("heart", "knows heart already"), ("my-toy", "32 numbers|64 numbers")])
def test_embeddings_that_cannot_be_added_are_refused(load, apply, weights, tmp_path, token, says):
    path = weights("embedding", "sd")
    if token == "my-toy":
        path = tmp_path / "wide.safetensors"
        save_file({"emb_params": torch.ones(2, 64)}, path)
    before = run_pipeline(load("sd").pipe)
    with pytest.raises(GenerationError, match=says) as caught, apply("sd", {("embedding", token): path}):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(run_pipeline(load("sd").pipe), before)
