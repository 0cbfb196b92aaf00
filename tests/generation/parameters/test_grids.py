"""Cells of a grid: every combination, nested fields, checkpoints, coordinates."""

import pytest

from generation.parameters import grids
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.per_image import generated_images, groups
from generation.parameters.validators import FieldRefused
from tests.generation.parameters.conftest import axes, resolved


def test_cells_go_over_every_combination_like_words_on_a_page():
    parameters = resolved(grid=axes(("steps", [4, 8]), ("replace", ["heart", "star", "moon"])), count=2)
    drawn = [(image.steps, image.prompt, image.seed) for _, image in generated_images(parameters)]
    assert drawn[:4] == [(4, "a red heart", 10), (4, "a red heart", 11), (8, "a red heart", 10), (8, "a red heart", 11)]
    assert drawn[-1] == (8, "a red moon", 11)
    assert groups(parameters, range(12)) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]


def test_a_list_of_prompts_stands_for_the_prompt():
    parameters = resolved(prompt=None, grid=axes(("steps", [2, 3]), ("prompt", ["a cat", "a dog"])))
    assert parameters.prompt == "a cat"
    assert [image.prompt for _, image in generated_images(parameters)] == ["a cat", "a cat", "a dog", "a dog"]


def test_nested_fields_make_axes():
    parameters = resolved(loras=[{"name": "ink"}], grid=axes(("loras.0.weight", [0, 0.5, 1])))
    assert [image.loras[0].weight for _, image in generated_images(parameters)] == [0, 0.5, 1]


def test_a_grid_over_checkpoints_asks_what_each_of_them_allows():
    other = CheckpointDefaults("small", "sd", 128, 128, 20, 4.0, "ddim", sizes=((128, 128),))
    with pytest.raises(FieldRefused, match="128x128"):
        resolved(grid=axes(("checkpoint", ["sd", "small"])), defaults_of=lambda slug: other)


def test_coordinates_name_the_values_of_a_cell():
    grid = resolved(grid=axes(("steps", [4, 8]), ("seed", [1, 2, 3]))).grid
    assert grids.cell_count(grid) == 6
    assert grids.coordinates(grid, 5) == [8, 3]


def test_names_of_samplers_carry_their_schedule_into_cells():
    names = ["DPM++ 2M Karras", "k_lms_exp", "euler", "Euler SGM Uniform"]
    cells = [image for _, image in generated_images(resolved(grid=axes(("sampler", names))))]
    assert [(image.sampler, image.schedule, image.timestep_spacing) for image in cells] == [
        ("dpmpp_2m", "karras", None),
        ("lms", "exponential", None),
        ("euler", "normal", None),
        ("euler", "normal", "trailing"),
    ]


def test_an_axis_over_schedules_takes_every_name_and_counts_before_a_samplers():
    grid = axes(("schedule", ["Karras", "Simple", "Align Your Steps GITS"]), ("sampler", ["Euler Beta"]))
    cells = [image for _, image in generated_images(resolved(grid=grid))]
    assert [(image.schedule, image.timestep_spacing) for image in cells] == [
        ("karras", None),
        ("normal", "trailing"),
        ("align_your_steps", None),
    ]
