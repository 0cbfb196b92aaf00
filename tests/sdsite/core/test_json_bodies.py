"""JSON bodies are bounded by what they hold, not by the size of their images."""

import json

import pytest

from sdsite.core import json_bodies
from sdsite.core.json_bodies import BodyTooLarge

IMAGE = "data:image/png;base64," + "A" * 8_000_000
TOO_LARGE = {
    "names": {f"f{number}": 1 for number in range(30_000)},
    "names of one object": {f"f{number}": 1 for number in range(2_500)},
    "a list": {"loras": [1] * 30_000},
    "lists of lists": {"loras": [[[]]] * 15_000},
    "small objects": {"loras": [{"name": "a"}] * 15_000},
    "a text": {"prompt": "a fox " * 300_000},
    "many texts": {"prompts": ["a" * 2_000] * 1_000},
    "long names": {"a" * 600_000: 1, "b" * 600_000: 2},
    "names beside an image": {"init_image": IMAGE, **{f"f{number}": 1 for number in range(30_000)}},
    "a text beside an image": {"init_image": IMAGE, "prompt": "a fox " * 300_000},
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_bodies_that_hold_more_than_any_request_needs_are_refused(name):
    with pytest.raises(BodyTooLarge):
        json_bodies.load(json.dumps(TOO_LARGE[name]).encode())


def test_wide_bodies_are_refused_before_they_are_parsed():
    with pytest.raises(BodyTooLarge):
        json_bodies.load(b"[" + b"0," * 500_000 + b"this is no JSON")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_images_of_any_size_and_long_prompts_pass(encoding):
    body = {"init_image": IMAGE, "mask": "B" * 8_000_000, "prompt": "a fox, " * 1_400, "grid": [{"a": [1, 2]}] * 256}
    assert json_bodies.load(json.dumps(body).encode(encoding)) == body


def test_graphs_may_have_more_names():
    graph = {str(number): {"inputs": {}} for number in range(4_000)}
    assert json_bodies.load(json.dumps(graph).encode(), most_names=json_bodies.MOST_VALUES) == graph


def test_nests_are_counted_without_recursion():
    nest = []
    for _ in range(50_000):
        nest = [nest]
    with pytest.raises(BodyTooLarge):
        json_bodies.check_extent(nest)
