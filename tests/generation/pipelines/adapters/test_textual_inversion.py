"""Embeddings give what diffusers gives, do not mix, and leave nothing behind."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from tests.generation.pipelines.adapters.conftest import draw, same

TOY = "a my-toy heart"


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_an_embedding_draws_what_diffusers_draws_with_it_and_is_forgotten(load, bare, put_on, weights, family):
    path = weights("embedding", family)
    loaded = load(family)
    table = loaded.pipe.text_encoder.get_input_embeddings()
    size, before = len(loaded.pipe.tokenizer), draw(loaded.pipe, prompt=TOY)
    with put_on(family, {("embedding", "my-toy"): path}) as applied:
        drawn = draw(applied.pipe, prompt=TOY)
        assert len(applied.pipe.tokenizer) == size + 2
    assert not same(drawn, before)
    assert loaded.pipe.text_encoder.get_input_embeddings() is table
    assert len(loaded.pipe.tokenizer) == size
    assert same(draw(loaded.pipe, prompt=TOY), before)
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
    assert same(drawn, draw(reference, prompt=TOY))


def test_a_prompt_without_the_word_is_drawn_as_ever(load, put_on, weights):
    before = draw(load("sd").pipe)
    with put_on("sd", {("embedding", "my-toy"): weights("embedding", "sd")}) as applied:
        assert same(draw(applied.pipe), before)


def test_two_embeddings_keep_apart(put_on, weights):
    files = {
        ("embedding", "my-toy"): weights("embedding", "sd"),
        ("embedding", "my-ink"): weights("embedding", "sd", seed=4),
    }
    with put_on("sd", dict(reversed(files.items()))) as applied:
        drawn = draw(applied.pipe, prompt=TOY)
    with put_on("sd", dict(list(files.items())[:1])) as applied:
        assert same(drawn, draw(applied.pipe, prompt=TOY))


def test_old_configs_find_the_end_of_a_text_all_the_same(load, put_on, weights):
    loaded, path = load("sdxl"), weights("embedding", "sdxl")
    with put_on("sdxl", {("embedding", "my-toy"): path}) as applied:
        drawn = draw(applied.pipe, prompt=TOY)
    encoders = [one for one in loaded.pipe.text_encoder_2.modules() if hasattr(one, "eos_token_id")]
    for one in encoders:
        one.eos_token_id = 2
    try:
        with put_on("sdxl", {("embedding", "my-toy"): path}) as applied:
            assert same(drawn, draw(applied.pipe, prompt=TOY))
        assert {one.eos_token_id for one in encoders} == {2}
    finally:
        for one in encoders:
            one.eos_token_id = 49407


@pytest.mark.parametrize(("token", "says"), [("heart", "knows heart already"), ("my-toy", "32 numbers|64 numbers")])
def test_embeddings_that_cannot_be_learned_are_refused(load, put_on, weights, tmp_path, token, says):
    path = weights("embedding", "sd")
    if token == "my-toy":
        path = tmp_path / "wide.safetensors"
        save_file({"emb_params": torch.ones(2, 64)}, path)
    before = draw(load("sd").pipe)
    with pytest.raises(GenerationError, match=says) as caught, put_on("sd", {("embedding", token): path}):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(draw(load("sd").pipe), before)
