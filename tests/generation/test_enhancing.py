"""Rewriting prompts by a language model: what is sent, what is taken as an answer, and who may ask."""

import json

import pytest

from generation.enhancing import MOST_BYTES, MOST_CHARACTERS, enhance
from generation.errors import JobRefused
from sdsite.core import rate_limits
from sdsite.core.rate_limits import RateLimited
from tests.support.language_model import language_model, make_enhancer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def model():
    with language_model() as server:
        yield server


def refused(prompt, user):
    with pytest.raises(JobRefused) as found:
        enhance(prompt, user=user)
    return found.value.code, found.value.message


def test_words_are_sent_and_tags_stay(model, alice):
    row = make_enhancer(model)
    proposal = enhance("a fox <lora:ink:0.5>", user=alice)
    assert (proposal.prompt, proposal.by) == ("A red fox in deep snow <lora:ink:0.5>", "Scribe")
    [(path, authorization, body)] = model.received
    assert (path, authorization, body["model"]) == ("/v1/chat/completions", "Bearer model-key", "small")
    assert [message["content"] for message in body["messages"]] == [row.instruction, "a fox"]


@pytest.mark.parametrize(
    "answer",
    [
        (500, "a fox"),
        (200, ""),
        (200, "<think>all day"),
        (200, "x" * (MOST_CHARACTERS + 1)),
        (200, "a \x00 fox"),
        (200, b"no json"),
        (200, b"[]"),
        (200, json.dumps({"choices": [{"message": {"content": 7}}]}).encode()),
        (200, b" " * (MOST_BYTES + 1)),
        (302, ""),
    ],
    ids=range(10),
)
def test_what_is_no_answer_is_said_to_be_none(model, alice, answer):
    make_enhancer(model)
    model.answer = answer
    code, sentence = refused("a fox", alice)
    assert code == "enhancer_failed"
    assert "model-key" not in sentence


def test_without_a_model_it_is_off(model, alice):
    assert refused("a fox", alice)[0] == "enhancer_off"
    make_enhancer(model, enabled=False)
    assert refused("a fox", alice)[0] == "enhancer_off"
    assert model.received == []


def test_private_hosts_are_reached_only_where_the_row_says_so(model, alice):
    make_enhancer(model, is_local=False)
    assert refused("a fox", alice)[0] == "enhancer_failed"
    assert model.received == []


def test_nothing_to_rewrite_is_not_sent(model, alice):
    make_enhancer(model)
    assert refused("<lora:ink:1> ", alice)[0] == "invalid_parameters"
    assert model.received == []


def test_one_person_asks_only_so_often(model, alice, bob, monkeypatch):
    make_enhancer(model)
    monkeypatch.setitem(rate_limits.LIMITS, "enhance", rate_limits.Limit(2, 60, "tests"))
    for _ in range(2):
        enhance("a fox", user=alice)
    with pytest.raises(RateLimited):
        enhance("a fox", user=alice)
    assert enhance("a fox", user=bob).by == "Scribe"
