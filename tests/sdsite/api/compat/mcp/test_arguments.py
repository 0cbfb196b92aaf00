"""Arguments of the tools: native names and ranges, and sentences for what is refused."""

import pytest

from generation.errors import JobRefused
from sdsite.api.compat.mcp import arguments


def refused(function, *given):
    """Return the fields of the refusal."""
    with pytest.raises(JobRefused) as found:
        function(*given)
    assert found.value.code == "invalid_parameters"
    return found.value.fields


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"steps": 0}, "steps", "1 to 250"),
        ({"cfg_scale": 3}, "cfg_scale", "its name is guidance_scale"),
        ({"init_image": "image:1"}, "init_image", "the names are"),
        ({"wait_seconds": 10_000}, "wait_seconds", "590"),
        ({"wait_seconds": "soon"}, "wait_seconds", "number"),
        ({"show": "all"}, "show", "'none', 'thumbnail' or 'full'"),
        ({"idempotency_key": ""}, "idempotency_key", "1 to 200"),
        ({"prompt": 5}, "prompt", "text"),
        ({"loras": [{"name": "x", "weight": 50}]}, "loras.0.weight", "-4 to 4"),
    ],
)
def test_what_is_out_of_range_is_named(values, field, words):
    fields = refused(arguments.read_submission, {"prompt": "a heart", **values}, arguments.TEXT_TO_IMAGE)
    assert words in fields.get(field, str(fields))


def test_settings_and_manner_are_told_apart():
    values = {"prompt": "a heart", "steps": 3, "wait_seconds": 5, "idempotency_key": "once"}
    submission, requested = arguments.read_submission(values, arguments.TEXT_TO_IMAGE)
    assert (submission.wait_seconds, submission.show, submission.idempotency_key) == (5, "thumbnail", "once")
    assert requested.model_dump(exclude_unset=True) == {"prompt": "a heart", "steps": 3}


def test_ids_and_bounds_of_the_other_tools():
    assert refused(arguments.read, arguments.WaitArguments, {"job_id": "1"}) == {"job_id": "job_id must be a UUID"}
    assert refused(arguments.read, arguments.CancelArguments, {}) == {"job_id": "job_id is required"}
    assert "limit" in refused(arguments.read, arguments.SearchArguments, {"limit": 1000})
    assert "names are none" in refused(arguments.read, arguments.NoArguments, {"page": 2})["page"]


def test_search_becomes_the_filter_of_the_library():
    asked = arguments.read(arguments.SearchArguments, {"q": "heart", "tag": ["Red"], "limit": 5})
    assert asked.wanted().model_dump(exclude_defaults=True) == {"q": "heart", "tag": ["red"]}
