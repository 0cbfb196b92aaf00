"""Cells that differ in their prompts only share a pipeline call."""

from generation.parameters.per_image import groups
from tests.generation.parameters.conftest import axes, resolved


def test_cells_that_differ_in_prompts_only_share_a_call():
    parameters = resolved(grid=axes(("prompt", ["a cat", "a dog", "a fox"])))
    assert groups(parameters, range(3)) == [[0, 1, 2]]
