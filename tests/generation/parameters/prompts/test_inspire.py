"""Ideas for prompts use the words that a checkpoint knows."""

import pytest

from generation.parameters.prompts.inspire import with_article
from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


WORDS = {
    "Animals": ["red fox", "owl", "cats"],
    "Food": ["apple", "pizza"],
    "Colours": ["blue", "pink"],
    "Scenes": ["at night", "in the snow"],
    "Styles": ["as pixel art"],
}


def test_ideas_are_of_the_words_that_a_checkpoint_knows(owner_client, checkpoint):
    checkpoint.vocabulary = [{"category": name, "words": words} for name, words in WORDS.items()]
    checkpoint.save()
    ideas = {owner_client.api("GET", "/prompt/inspire").json()["prompt"] for _ in range(60)}
    things, endings, colours = WORDS["Animals"] + WORDS["Food"], WORDS["Scenes"] + WORDS["Styles"], WORDS["Colours"]
    plain = {f"{thing} {ending}" for thing in things for ending in endings}
    coloured = {f"{colour} {idea}" for colour in colours for idea in plain}
    bare = {idea.removeprefix("an ").removeprefix("a ") for idea in ideas}
    assert bare <= plain | coloured
    assert bare & plain
    assert bare & coloured
    assert {"an owl at night", "a owl at night"} & ideas <= {"an owl at night"}


def test_ideas_for_others_are_of_our_own(owner_client, checkpoint):
    make_checkpoint("other", vocabulary=[])
    ideas = {owner_client.api("GET", "/prompt/inspire?checkpoint=other").json()["prompt"] for _ in range(10)}
    assert len(ideas) == 10
    assert all(len(idea) > 30 and idea.count(",") >= 2 for idea in ideas)


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("monkey", "a monkey"),
        ("orange fish", "an orange fish"),
        ("the sea", "the sea"),
        ("cats", "cats"),
        ("cactus", "a cactus"),
        ("garlic", "garlic"),
        ("cooked rice", "cooked rice"),
        ("sheaf of rice", "a sheaf of rice"),
        ("nest with eggs", "a nest with eggs"),
        ("beans on a plate", "beans on a plate"),
    ],
)
def test_nouns_have_the_article_that_they_need(words, whole):
    assert with_article(words) == whole
