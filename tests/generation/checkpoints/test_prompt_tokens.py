"""Tokens of a prompt, counted by the tokenizer of its checkpoint."""

import json

import pytest

from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def count(owner_client):
    from urllib.parse import urlencode

    def ask(text, slug=None):
        response = owner_client.api(
            "GET", "/prompt/tokens?" + urlencode({"text": text, **({"checkpoint": slug} if slug else {})})
        )
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def test_the_starter_checkpoint_counts_by_its_own_tokenizer(count, checkpoint):
    assert count("a red heart") == {"tokens": 2, "chunks": 1, "limit": 38, "exact": True}, "its name is one token"
    assert count("a red heart, " * 20)["chunks"] == 2
    assert count("") == {"tokens": 0, "chunks": 1, "limit": 38, "exact": True}


def test_syntax_is_not_counted_and_the_longest_counts(count, checkpoint):
    assert count("a (red:1.3) [heart] <lora:ink:0.5>")["tokens"] == 3
    assert count("a blue heart here AND a heart:0.5")["tokens"] == 3
    assert count("[a:a blue heart here:0.5]")["tokens"] == 3
    assert count("a heart BREAK a heart")["chunks"] == 2
    assert count("a {red|blue} heart")["exact"] is False


def test_single_files_and_the_hub_count_by_clips_vocabulary(count, checkpoint):
    make_checkpoint("hub", kind="hub", location="nobody/nothing")
    answer = count("a photograph of an astronaut riding a horse", "hub")
    assert answer == {"tokens": 8, "chunks": 1, "limit": 75, "exact": True}
    assert count("fox " * 76, "hub")["chunks"] == 2


def test_clips_vocabulary_counts_as_the_real_tokenizer_does(count, checkpoint):
    from generation.pipelines.loading.single_file import clip_tokenizer

    make_checkpoint("hub", kind="hub", location="nobody/nothing")
    for text in ("Don't PANIC, it's 2026!", "naïve café \u732b\u306e\u732b 🦊", "x" * 300, "a-b_c/d  e\nf"):
        plain = clip_tokenizer()(text, add_special_tokens=False).input_ids
        assert count(text, "hub")["tokens"] == len(plain)


def test_vocabulary_and_merges_as_files_are_read(count, checkpoint, tmp_path):
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    letters = ["f", "o", "x</w>", "fo", "fox</w>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({letter: number for number, letter in enumerate(letters)}))
    (folder / "merges.txt").write_text("#version: 0.2\nf o\nfo x</w>\n")
    make_checkpoint("files", location=str(tmp_path))
    assert count("Fox fox", "files") == {"tokens": 2, "chunks": 1, "limit": 75, "exact": True}


def test_an_unknown_tokenizer_gives_an_estimate(count, checkpoint):
    make_checkpoint("t5", kind="hub", location="nobody/nothing", family="flux", sampler="euler")
    answer = count("a red heart on a hill", "t5")
    assert (answer["exact"], answer["limit"], answer["chunks"]) == (False, 511, 1)
    assert 3 <= answer["tokens"] <= 12


def test_a_broken_tokenizer_is_no_error(count, checkpoint, tmp_path):
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{}")
    make_checkpoint("broken", location=str(tmp_path))
    assert count("a red heart", "broken")["tokens"] == 3
