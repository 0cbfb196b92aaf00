"""Fields of the simple API become those of the native one."""

import pytest

from generation.errors import JobRefused
from generation.limits import get_limits
from sdsite.api.compat.simple.requests import MOST_WAIT_SECONDS, read_request
from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(alice, checkpoint):
    def read_values(**values):
        return read_request({"prompt": "a red heart", **values}, get_limits(alice.pk))

    return read_values


def test_names_of_other_programs_are_taken(read):
    make_checkpoint("ink")
    asked = read(model_type="ink", size="256x128", num_inference_steps="3", cfg_scale=5, n=2, image="upload:1", seed=7)
    requested = asked.requested
    assert (requested.checkpoint, requested.width, requested.height) == ("ink", 256, 128)
    assert (requested.steps, requested.guidance_scale, requested.count) == (3, 5, 2)
    assert (requested.init_image, requested.seed) == ("upload:1", 7)


@pytest.mark.parametrize("size", [128, "128", "128x128", " 128X128 "])
def test_a_size_is_a_square_or_two_sides(read, size):
    requested = read(size=size).requested
    assert (requested.width, requested.height) == (128, 128)


def test_a_model_of_another_service_is_the_default_unless_strict(read, settings):
    assert read(model_type="sd-turbo").requested.checkpoint is None
    settings.ENV = {**settings.ENV, "SDSITE_STRICT_MODELS": True}
    with pytest.raises(JobRefused) as refused:
        read(model_type="sd-turbo")
    assert refused.value.code == "checkpoint_missing"
    assert list(refused.value.fields) == ["model_type"]


@pytest.mark.parametrize(
    ("words", "name", "begins"),
    [
        ({"num_inference_steps": 0}, "num_inference_steps", "num_inference_steps must be"),
        ({"steps": 3, "ddim_steps": 4}, "ddim_steps", "ddim_steps and steps mean the same"),
        ({"size": "128x128", "width": 128}, "width", "width and size mean the same"),
        ({"size": "big"}, "size", "size must be"),
        ({"size": [1]}, "size", "size must be"),
        ({"wait": "soon"}, "wait", "wait must be"),
        ({"colour": "red"}, "colour", "colour is not known"),
        ({"return_base64": "perhaps"}, "return_base64", ""),
        ({"num_images": "many"}, "num_images", "num_images must be a whole number"),
        ({"model_type": {"a": 1}}, "model_type", "model_type must be text"),
        ({"size": 99999}, "size", "size must be 64"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_it_was_sent_with(read, words, name, begins):
    with pytest.raises(JobRefused) as refused:
        read(**words)
    assert refused.value.code == "invalid_parameters"
    assert refused.value.fields[name].startswith(begins)
    assert refused.value.message


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (None, MOST_WAIT_SECONDS),
        (True, MOST_WAIT_SECONDS),
        (False, 0),
        (0, 0),
        ("5", 5),
        (-1, 0),
        (1e9, MOST_WAIT_SECONDS),
    ],
)
def test_how_long_an_answer_waits(read, wait, seconds):
    assert read(wait=wait).manner.wait == seconds


def test_empty_values_count_as_left_out(read):
    assert read(model_type="", size=None, steps=None, seed="").requested == read().requested


def test_many_unknown_names_are_answered_in_few_words(read):
    with pytest.raises(JobRefused) as refused:
        read(**{f"unknown{number}": 1 for number in range(1000)})
    assert len(refused.value.fields) <= 20
    assert len(refused.value.message) < 10_000
