"""The vocabulary page of a checkpoint: every word leads into the prompt."""

import re
from urllib.parse import parse_qs, urlsplit

from tests.generation.pages.test_studio import data_of
from tests.support.factories import make_checkpoint

WORDS = [{"category": "Animals", "words": ["red fox", "cat & dog"]}, {"category": "Scenes", "words": ["in the snow"]}]
MORE = [{"category": "Colours", "words": ["blue"]}, {"category": "Styles", "words": ["as pixel art"]}]


def prompts_of(response):
    """Return what each word's address asks for, by the word."""
    found = re.findall(r'<a class="word" href="([^"]+)">([^<]+)</a>', response.content.decode())
    asked = [(parse_qs(urlsplit(href.replace("&amp;", "&")).query), word) for href, word in found]
    return {word.replace("&amp;", "&"): (query["checkpoint"][0], query["prompt"][0]) for query, word in asked}


def test_every_word_leads_into_the_prompt_of_its_checkpoint(as_alice, checkpoint):
    make_checkpoint("crayons", vocabulary=WORDS + MORE)
    assert prompts_of(as_alice.get("/checkpoints/crayons/words/")) == {
        "red fox": ("crayons", "red fox"),
        "cat & dog": ("crayons", "cat & dog"),
        "in the snow": ("crayons", "a red fox in the snow"),
        "blue": ("crayons", "a blue red fox"),
        "as pixel art": ("crayons", "a red fox as pixel art"),
    }


def test_the_studio_takes_what_the_address_asks_and_no_more(as_alice, checkpoint):
    data = data_of(as_alice.get("/?checkpoint=starter&prompt=%20red%20fox%20&steps=99"))
    assert data["asked"] == {"checkpoint": "starter", "prompt": "red fox"}
    assert data["preset"] is None
    assert data_of(as_alice.get("/"))["asked"] == {}
    assert len(data_of(as_alice.get("/", {"prompt": "x" * 100_000}))["asked"]["prompt"]) < 100_000


def test_a_checkpoint_without_words_says_so(as_alice, checkpoint):
    make_checkpoint("blank", vocabulary=[])
    assert "has no list of words" in as_alice.get("/checkpoints/blank/words/").content.decode()


def test_there_is_no_page_for_what_is_not_offered(as_alice, checkpoint):
    make_checkpoint("secret", enabled=False, vocabulary=WORDS)
    assert as_alice.get("/checkpoints/secret/words/").status_code == 404
    assert as_alice.get("/checkpoints/nothing/words/").status_code == 404


def test_strangers_sign_in_first(client, checkpoint):
    response = client.get("/checkpoints/starter/words/")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
