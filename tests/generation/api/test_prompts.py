"""Token counts of prompts and ideas for prompts, over the API."""

import pytest

from generation.checkpoints import starter
from tests.support.clients.api_client import error_of
from tests.support.language_model import language_model, make_enhancer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["x" * 10_001, "(a:1000)"])
def test_what_cannot_be_read_is_refused(owner_client, checkpoint, text):
    assert "text" in error_of(owner_client.api("GET", f"/prompt/tokens?text={text}"), 422, "invalid_parameters")


def test_an_unknown_checkpoint_is_not_found(owner_client, checkpoint):
    error_of(owner_client.api("GET", "/prompt/tokens?text=x&checkpoint=nothing"), 404, "not_found")
    error_of(owner_client.api("GET", "/prompt/inspire?checkpoint=nothing"), 404, "not_found")


def test_ideas_for_the_starter_checkpoint_are_of_its_words(owner_client, checkpoint):
    checkpoint.vocabulary = starter.vocabulary()
    checkpoint.save()
    words = {group["category"]: group["words"] for group in checkpoint.vocabulary}
    endings, colours = words.pop("Backgrounds") + words.pop("Scenes") + words.pop("Styles"), words.pop("Colours")
    things = {word for group in words.values() for word in group}
    ideas = {owner_client.api("GET", "/prompt/inspire").json()["prompt"] for _ in range(30)}
    assert len(ideas) > 20
    for idea in ideas:
        ending = next(one for one in endings if idea.endswith(f" {one}"))
        subject = idea.removesuffix(f" {ending}").removeprefix("an ").removeprefix("a ")
        assert subject in things or any(subject.removeprefix(f"{colour} ") in things for colour in colours), idea


def test_a_prompt_is_rewritten_and_both_are_kept_with_the_job(owner_client, checkpoint, valkey):
    error_of(owner_client.api("POST", "/prompt/enhance", {"prompt": "a fox"}), 409, "enhancer_off")
    with language_model() as model:
        make_enhancer(model)
        answer = owner_client.api("POST", "/prompt/enhance", {"prompt": "a fox"}).json()
    assert (answer["prompt"], answer["enhanced_from"], answer["by"]) == ("A red fox in deep snow", "a fox", "Scribe")
    assert "".join(part["text"] for part in answer["added"]) == answer["prompt"]
    assert [part["text"].strip() for part in answer["added"] if not part["differs"]] == ["fox"]
    asked = {"prompt": answer["prompt"], "enhanced_from": answer["enhanced_from"]}
    kept = owner_client.api("POST", "/jobs", asked).json()["parameters"]
    assert (kept["prompt"], kept["enhanced_from"]) == ("A red fox in deep snow", "a fox")


def test_a_prompt_that_no_model_takes_is_refused(owner_client, valkey):
    for prompt in ("x" * 10_001, 5, None):
        error_of(owner_client.api("POST", "/prompt/enhance", {"prompt": prompt}), 422, "invalid_parameters")
