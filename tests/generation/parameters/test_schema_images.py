"""Parameters of the images of a job: computed once, and apart from the parameters that they come from."""

import pytest

from generation.parameters.schema import GenerationParameters, ResolvedParameters
from tests.generation.parameters.conftest import axes, resolved


def test_images_are_computed_once_and_no_part_of_their_parameters():
    parameters = resolved(grid=axes(("steps", [4, 8])))
    plain = ResolvedParameters.model_validate(parameters.model_dump())
    assert parameters.images is parameters.images
    assert "images" in parameters.__dict__
    assert "images" not in plain.__dict__
    assert parameters == plain
    assert hash(parameters) == hash(plain)
    assert parameters.model_dump() == plain.model_dump()
    assert parameters.model_dump_json() == plain.model_dump_json()
    assert "images" not in GenerationParameters.model_json_schema()["properties"]


def test_a_copy_computes_images_of_its_own():
    parameters = resolved(grid=axes(("steps", [4, 8])))
    assert len(parameters.images) == 2
    assert [image.seed for image in parameters.model_copy(update={"seed": 7}).images] == [7, 7]
    assert len(parameters.with_changes(grid=None).images) == 1


@pytest.mark.parametrize("value", [1, 1.0, True])
def test_equal_values_of_different_types_stay_apart_in_prompts(value):
    parameters = resolved(prompt="x", grid=axes(("replace", ["x", value])))
    assert [image.prompt for image in parameters.images] == ["x", str(value)]
